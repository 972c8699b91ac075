// Follows filter_bank.cl.

// Makes the last stage of the transforms, LAST points each, and adds the power of consecutive
// spectra up to rows of `per_row`, lowest frequency first. The first row already holds
// `row_before` spectra, whose sums are in `before`; an incomplete last row goes to `after`. The
// sums carry their rounding error along (Kahan), so that rows of a million spectra are as exact
// as short ones, and spectra are added in the order of the stream, so that chunk borders leave
// no trace. Work-items: [column / WIDTH, row].
kernel void integrate(__global const float* restrict frames, uint spectra, uint per_row,
                      uint row_before, __global const float* restrict before,
                      __global float* restrict after, __global float* restrict rows) {
    const uint columns = CHANNELS / LAST;
    const uint column = get_global_id(0) * WIDTH;
    const uint row = get_global_id(1);
    const long row_start = (long)row * per_row - row_before;
    const long row_end = row_start + per_row;
    if (row_start >= (long)spectra)
        return;
    const uint begin = max(row_start, 0L);
    const uint end = min(row_end, (long)spectra);

    real_t sums[LAST];
    real_t errors[LAST];
#pragma unroll
    for (uint k = 0; k < LAST; ++k) {
        sums[k] = 0.0f;
        errors[k] = 0.0f;
    }
    if (row_start < 0) {
#pragma unroll
        for (uint k = 0; k < LAST; ++k) {
            sums[k] = LOAD(before + k * columns + column);
            errors[k] = LOAD(before + k * columns + column + CHANNELS);
        }
    }

    for (uint spectrum = begin; spectrum < end; ++spectrum) {
        real_t re[LAST];
        real_t im[LAST];
        load_frame(frames, spectrum, column, re, im);
        TRANSFORM(LAST)(re, im);
#pragma unroll
        for (uint k = 0; k < LAST; ++k) {
            const real_t value_re = re[PLACE(k, LAST)];
            const real_t value_im = im[PLACE(k, LAST)];
            const real_t corrected = (value_re * value_re + value_im * value_im) - errors[k];
            const real_t next = sums[k] + corrected;
            errors[k] = (next - sums[k]) - corrected;
            sums[k] = next;
        }
    }

    if (row_end > (long)spectra) {
#pragma unroll
        for (uint k = 0; k < LAST; ++k) {
            STORE(sums[k], after + k * columns + column);
            STORE(errors[k], after + k * columns + column + CHANNELS);
        }
        return;
    }
    __global float* out = rows + (size_t)row * CHANNELS;
#pragma unroll
    for (uint k = 0; k < LAST; ++k)
        STORE(sums[k] / (float)per_row, out + channel_of(column, k));
}
