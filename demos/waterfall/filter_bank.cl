// Built with -D CHANNELS, -D TAPS and one of -D FORMAT_CU8, FORMAT_CI16, FORMAT_CF32.

#if defined(FORMAT_CU8)
typedef uchar2 sample_t;
float2 value_of(sample_t sample) { return (convert_float2(sample) - 127.5f) * (1.0f / 128); }
#elif defined(FORMAT_CI16)
typedef short2 sample_t;
float2 value_of(sample_t sample) { return convert_float2(sample) * (1.0f / 32768); }
#else
typedef float2 sample_t;
float2 value_of(sample_t sample) { return sample; }
#endif

// Weighs the samples of spectrum m with the filter and folds them to one sum a channel, for
// the transform to finish: frames[m, c] = sum over t of h[t C + c] x[(m + t) C + c].
// `first` is the place of spectrum 0 in `samples`. Work-items: [spectrum, channel], as below
// with some spectra too many to fill the last group.
kernel void fold(global const sample_t* restrict samples, uint first, uint spectra,
                 global const float* restrict filter, global float2* restrict frames) {
    const uint channel = get_global_id(0);
    const uint spectrum = get_global_id(1);
    if (spectrum >= spectra)
        return;
    global const sample_t* x = samples + first + (size_t)spectrum * CHANNELS + channel;
    float2 sum = 0.0f;
    for (uint tap = 0; tap < TAPS; ++tap)
        sum += filter[tap * CHANNELS + channel] * value_of(x[tap * CHANNELS]);
    frames[(size_t)spectrum * CHANNELS + channel] = sum;
}

// Adds the power of consecutive spectra up to rows of `per_row`, lowest frequency first. The
// first row already holds `row_before` spectra, whose sums are in `before`; an incomplete last
// row goes to `after`. The sums carry their rounding error along (Kahan), so that rows of a
// million spectra are as exact as short ones, and spectra are added in the order of the
// stream, so that chunk borders leave no trace. Work-items: [row, channel].
kernel void integrate(global const float2* restrict frames, uint spectra, uint per_row,
                      uint row_before, global const float2* restrict before,
                      global float2* restrict after, global float* restrict rows) {
    const uint channel = get_global_id(0);
    const uint row = get_global_id(1);
    const long row_start = (long)row * per_row - row_before;
    const long row_end = row_start + per_row;
    if (row_start >= (long)spectra)
        return;
    const uint begin = max(row_start, 0L);
    const uint end = min(row_end, (long)spectra);

    float sum = 0.0f;
    float error = 0.0f;
    if (row_start < 0) {
        sum = before[channel].x;
        error = before[channel].y;
    }
    for (uint spectrum = begin; spectrum < end; ++spectrum) {
        const float2 value = frames[(size_t)spectrum * CHANNELS + channel];
        const float corrected = (value.x * value.x + value.y * value.y) - error;
        const float next = sum + corrected;
        error = (next - sum) - corrected;
        sum = next;
    }
    if (row_end <= (long)spectra)
        rows[(size_t)row * CHANNELS + (channel + CHANNELS / 2) % CHANNELS] = sum / per_row;
    else
        after[channel] = (float2)(sum, error);
}
