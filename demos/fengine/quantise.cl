// Follows filter_bank.cl. Built with -D SPECTRA, how many of a channel are side by side in a heap,
// besides what that is built with.

// Makes the last stage of the transforms, LAST points each, multiplies the channels of both
// polarisations with their gains, rounds to the nearest whole number (halves to the even one), and
// limits to -127...127. What was beyond is counted for each block of SPECTRA spectra and
// polarisation. frames[m] is spectrum m of the first polarisation, frames[spectra + m] of the second.
//     gains[polarisation][real, imaginary][channel]
//     char output[block][channel][spectrum in the block][polarisation][real, imaginary]
//     and from byte `counts_at` of it on: uint[block][polarisation]
// Work-items: [column / WIDTH, spectrum].
kernel void quantise(__global const float* restrict frames, uint spectra,
                     __global const float* restrict gains, __global char* restrict output,
                     uint counts_at) {
    const uint column = get_global_id(0) * WIDTH;
    const uint spectrum = get_global_id(1);
    if (spectrum >= spectra)
        return;
    const uint block = spectrum / SPECTRA;
    char parts[4][LAST * WIDTH];
#pragma unroll
    for (uint polarisation = 0; polarisation < 2; ++polarisation) {
        real_t re[LAST];
        real_t im[LAST];
        load_frame(frames, (size_t)polarisation * spectra + spectrum, column, re, im);
        TRANSFORM(LAST)(re, im);
        __global const float* gain = gains + polarisation * (2 * CHANNELS);
        uint beyond = 0;
#pragma unroll
        for (uint k = 0; k < LAST; ++k) {
            const uint channel = channel_of(column, k);
            const real_t gain_re = LOAD(gain + channel);
            const real_t gain_im = LOAD(gain + CHANNELS + channel);
            const real_t value_re = re[PLACE(k, LAST)];
            const real_t value_im = im[PLACE(k, LAST)];
            const real_t rounded_re = rint(value_re * gain_re - value_im * gain_im);
            const real_t rounded_im = rint(value_re * gain_im + value_im * gain_re);
            const real_t limited_re = clamp(rounded_re, (real_t)-127.0f, (real_t)127.0f);
            const real_t limited_im = clamp(rounded_im, (real_t)-127.0f, (real_t)127.0f);
            STORE(VECTOR(convert_char)(limited_re), parts[2 * polarisation] + k * WIDTH);
            STORE(VECTOR(convert_char)(limited_im), parts[2 * polarisation + 1] + k * WIDTH);
            const real_t rest = fabs(rounded_re - limited_re) + fabs(rounded_im - limited_im);
            float rests[WIDTH];
            STORE(rest, rests);
#pragma unroll
            for (uint n = 0; n < WIDTH; ++n)
                beyond += rests[n] != 0.0f;
        }
        if (beyond != 0)
            atomic_add((__global uint*)(output + counts_at) + block * 2 + polarisation, beyond);
    }
    __global char4* out =
        (__global char4*)output + (size_t)block * (CHANNELS * SPECTRA) + spectrum % SPECTRA;
#pragma unroll
    for (uint k = 0; k < LAST; ++k) {
        const uint channel = channel_of(column, k);
#pragma unroll
        for (uint n = 0; n < WIDTH; ++n) {
            const uint i = k * WIDTH + n;
            char4 value;
            value.x = parts[0][i];
            value.y = parts[1][i];
            value.z = parts[2][i];
            value.w = parts[3][i];
            out[(size_t)(channel + n) * SPECTRA] = value;
        }
    }
}
