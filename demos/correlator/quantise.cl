// Follows filter_bank.cl. Built with -D SPECTRA, how many of a channel and an antenna are side by side,
// besides what that is built with.

// Makes the last stage of the transforms, LAST points each, multiplies the channels with `gain`, rounds
// to the nearest whole number (halves to the even one), and limits to -127...127: what the correlation
// sums up are integers, whose sum does not depend on its order. frames[m] is spectrum m % SPECTRA of
// antenna m / SPECTRA.
//     char2 output[channel][antenna][spectrum], real and imaginary part
// Work-items: [column / WIDTH, frame].
kernel void quantise(global const float* restrict frames, uint antennas, float gain,
                     global char2* restrict output) {
    const uint columns = CHANNELS / LAST;
    const uint column = get_global_id(0) * WIDTH;
    const uint frame = get_global_id(1);
    if (frame >= antennas * SPECTRA)
        return;
    real_t re[LAST];
    real_t im[LAST];
    load_frame(frames, frame, column, re, im);
    TRANSFORM(LAST)(re, im);
#pragma unroll
    for (uint k = 0; k < LAST; ++k) {
        const real_t value_re = rint(re[PLACE(k, LAST)] * gain);
        const real_t value_im = rint(im[PLACE(k, LAST)] * gain);
        char limited_re[WIDTH];
        char limited_im[WIDTH];
        STORE(VECTOR(convert_char)(clamp(value_re, (real_t)-127.0f, (real_t)127.0f)), limited_re);
        STORE(VECTOR(convert_char)(clamp(value_im, (real_t)-127.0f, (real_t)127.0f)), limited_im);
        const size_t channel = channel_of(column, k);
#pragma unroll
        for (uint n = 0; n < WIDTH; ++n)
            output[(channel + n) * antennas * SPECTRA + frame] = (char2)(limited_re[n], limited_im[n]);
    }
}
