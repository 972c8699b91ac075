// Built with -D FORMAT_CU8, FORMAT_CI8, FORMAT_CI16 or FORMAT_CF32, with -D CHANNELS, TAPS and WIDTH,
// and with the stages of the transform, -D FIRST, MIDDLE, MIDDLE_STAGES and LAST: see fft_plan.hpp.
// The last stage is a kernel of the program that uses this, in a source that follows; it begins with
// load_frame and TRANSFORM(LAST), and channel_of says what it has then.
//
// Each operation is rounded by itself, so all devices make the same of the same samples.
//
// A work-item computes WIDTH neighbours at a time, as many as the device prefers to have in a
// vector. None waits for another, and none needs local memory.
//
// frames[m] is one spectrum on its way: CHANNELS real parts, then CHANNELS imaginary parts.

// It is CUDA C++ as well, behind common/opencl_c.cuh, with WIDTH 1.

#ifdef __OPENCL_VERSION__
#pragma OPENCL FP_CONTRACT OFF
#endif

#define JOINED_NOW(a, b) a##b
#define JOINED(a, b) JOINED_NOW(a, b)
#if WIDTH == 1
#define VECTOR(type) type
#define LOAD(from) (*(from))
#define STORE(value, to) (*(to) = (value))
#else
#define VECTOR(type) JOINED(type, WIDTH)
#define LOAD(from) JOINED(vload, WIDTH)(0, from)
#define STORE(value, to) JOINED(vstore, WIDTH)(value, 0, to)
#endif
typedef VECTOR(float) real_t;

// The I of the samples that begin at `from`, and their Q. Integers are read in whole samples, I in
// the lower half, and are still to be multiplied by SCALE.
#define TO_REAL(value) VECTOR(convert_float)(value)
#if defined(FORMAT_CU8)
typedef ushort sample_t;
#define SCALE (1.0f / 128)
real_t i_of(__global const ushort* from) { return TO_REAL(LOAD(from) & (ushort)255) - 127.5f; }
real_t q_of(__global const ushort* from) { return TO_REAL(LOAD(from) >> (ushort)8) - 127.5f; }
#elif defined(FORMAT_CI8)
typedef ushort sample_t;
#define SCALE (1.0f / 128)
#define TO_SHORT(value) (VECTOR(short))(value)
real_t i_of(__global const ushort* from) {
    return TO_REAL(TO_SHORT(LOAD((__global const short*)from) << (short)8) >> (short)8);
}
real_t q_of(__global const ushort* from) {
    return TO_REAL(LOAD((__global const short*)from) >> (short)8);
}
#elif defined(FORMAT_CI16)
typedef int sample_t;
#define SCALE (1.0f / 32768)
real_t i_of(__global const int* from) { return TO_REAL((LOAD(from) << 16) >> 16); }
real_t q_of(__global const int* from) { return TO_REAL(LOAD(from) >> 16); }
#else
typedef float2 sample_t;
#define SCALE 1.0f
#if WIDTH == 1
real_t i_of(__global const float2* from) { return from->x; }
real_t q_of(__global const float2* from) { return from->y; }
#else
#define FIRST_HALF(from) LOAD((__global const float*)(from))
#define SECOND_HALF(from) LOAD((__global const float*)(from) + WIDTH)
real_t i_of(__global const float2* from) {
    return (real_t)(FIRST_HALF(from).even, SECOND_HALF(from).even);
}
real_t q_of(__global const float2* from) {
    return (real_t)(FIRST_HALF(from).odd, SECOND_HALF(from).odd);
}
#endif
#endif

// Transforms of 2, 4, 8 and 16 points in registers. Of the last three, that of n points leaves
// frequency k at PLACE(k, n).
#define PLACE(k, n) (((k) >> 2) + (n) / 4 * ((k) & 3))

void two_points(real_t* re, real_t* im, uint a, uint b) {
    const real_t a_re = re[a];
    const real_t a_im = im[a];
    re[a] = a_re + re[b];
    im[a] = a_im + im[b];
    re[b] = a_re - re[b];
    im[b] = a_im - im[b];
}

void four_points(real_t* re, real_t* im, uint a, uint b, uint c, uint d) {
    two_points(re, im, a, c);
    two_points(re, im, b, d);
    const real_t c_re = re[c];
    const real_t c_im = im[c];
    const real_t d_re = re[d];
    const real_t d_im = im[d];
    const real_t b_re = re[b];
    const real_t b_im = im[b];
    re[b] = c_re + d_im;
    im[b] = c_im - d_re;
    re[d] = c_re - d_im;
    im[d] = c_im + d_re;
    re[c] = re[a] - b_re;
    im[c] = im[a] - b_im;
    re[a] += b_re;
    im[a] += b_im;
}

// Times cosine - i sine.
void turn(real_t* re, real_t* im, uint a, float cosine, float sine) {
    const real_t a_re = re[a];
    re[a] = a_re * cosine + im[a] * sine;
    im[a] = im[a] * cosine - a_re * sine;
}

void quarter_turn(real_t* re, real_t* im, uint a) {
    const real_t a_re = re[a];
    re[a] = im[a];
    im[a] = -a_re;
}

// The cosine and the sine of pi / 8, and both of pi / 4.
#define COS_8TH 0.92387953251128674f
#define SIN_8TH 0.38268343236508977f
#define COS_4TH 0.70710678118654752f

void transform_4(real_t* re, real_t* im) { four_points(re, im, 0, 1, 2, 3); }

void transform_8(real_t* re, real_t* im) {
    four_points(re, im, 0, 2, 4, 6);
    four_points(re, im, 1, 3, 5, 7);
    turn(re, im, 3, COS_4TH, COS_4TH);
    quarter_turn(re, im, 5);
    turn(re, im, 7, -COS_4TH, COS_4TH);
    two_points(re, im, 0, 1);
    two_points(re, im, 2, 3);
    two_points(re, im, 4, 5);
    two_points(re, im, 6, 7);
}

void transform_16(real_t* re, real_t* im) {
    four_points(re, im, 0, 4, 8, 12);
    four_points(re, im, 1, 5, 9, 13);
    four_points(re, im, 2, 6, 10, 14);
    four_points(re, im, 3, 7, 11, 15);
    turn(re, im, 5, COS_8TH, SIN_8TH);
    turn(re, im, 6, COS_4TH, COS_4TH);
    turn(re, im, 7, SIN_8TH, COS_8TH);
    turn(re, im, 9, COS_4TH, COS_4TH);
    quarter_turn(re, im, 10);
    turn(re, im, 11, -COS_4TH, COS_4TH);
    turn(re, im, 13, SIN_8TH, COS_8TH);
    turn(re, im, 14, -COS_4TH, COS_4TH);
    turn(re, im, 15, -COS_8TH, -SIN_8TH);
    four_points(re, im, 0, 1, 2, 3);
    four_points(re, im, 4, 5, 6, 7);
    four_points(re, im, 8, 9, 10, 11);
    four_points(re, im, 12, 13, 14, 15);
}

#define TRANSFORM(n) JOINED(transform_, n)

// Weighs the samples of spectrum m with the filter and folds them to one sum a channel,
//     folded[c] = sum over t of h[t C + c] x[(m + t) C + c],
// and makes the first stage of its transform: FIRST points each, C / FIRST apart.
// `first` is the place of spectrum 0 in `samples`, `first_frame` that in `frames`. Work-items:
// [column / WIDTH, spectrum], with some spectra too many to fill the last group.
kernel void fold(__global const sample_t* restrict samples, uint first, uint spectra,
                 __global const float* restrict filter, __global const float* restrict twiddles,
                 __global float* restrict frames, uint first_frame) {
    const uint columns = CHANNELS / FIRST;
    const uint column = get_global_id(0) * WIDTH;
    const uint spectrum = get_global_id(1);
    if (spectrum >= spectra)
        return;
    __global const sample_t* x = samples + first + (size_t)spectrum * CHANNELS + column;
    real_t re[FIRST];
    real_t im[FIRST];
#pragma unroll
    for (uint j = 0; j < FIRST; ++j) {
        real_t sum_re = 0.0f;
        real_t sum_im = 0.0f;
        for (uint tap = 0; tap < TAPS; ++tap) {
            const uint place = tap * CHANNELS + j * columns;
            const real_t weight = LOAD(filter + place + column);
            sum_re += weight * i_of(x + place);
            sum_im += weight * q_of(x + place);
        }
        re[j] = sum_re * SCALE;
        im[j] = sum_im * SCALE;
    }
    TRANSFORM(FIRST)(re, im);

    float turned_re[FIRST * WIDTH];
    float turned_im[FIRST * WIDTH];
#pragma unroll
    for (uint k = 0; k < FIRST; ++k) {
        const real_t cosine = LOAD(twiddles + 2 * k * columns + column);
        const real_t sine = LOAD(twiddles + (2 * k + 1) * columns + column);
        const real_t value_re = re[PLACE(k, FIRST)];
        const real_t value_im = im[PLACE(k, FIRST)];
        STORE(value_re * cosine - value_im * sine, turned_re + k * WIDTH);
        STORE(value_re * sine + value_im * cosine, turned_im + k * WIDTH);
    }
    // All columns of one k are what the next stage will want side by side.
    __global float* frame =
        frames + (size_t)(first_frame + spectrum) * (2 * CHANNELS) + column * FIRST;
#pragma unroll
    for (uint n = 0; n < WIDTH; ++n) {
#pragma unroll
        for (uint k = 0; k < FIRST; ++k) {
            frame[n * FIRST + k] = turned_re[k * WIDTH + n];
            frame[n * FIRST + k + CHANNELS] = turned_im[k * WIDTH + n];
        }
    }
}

#if MIDDLE_STAGES != 0
// A stage between the first and the last, in place. What is left to transform are runs of
// `length` points, FIRST of them interleaved; each becomes MIDDLE runs of length / MIDDLE points.
// Work-items: [column / WIDTH, spectrum], as above.
kernel void transform(uint length, uint spectra, __global const float* restrict twiddles,
                      __global float* restrict frames) {
    const uint points = length / MIDDLE;
    const uint column = get_global_id(0) * WIDTH;
    const uint spectrum = get_global_id(1);
    if (spectrum >= spectra)
        return;
    const uint point = column / FIRST % points;
    const uint run = column / FIRST / points;
    __global float* frame = frames + (size_t)spectrum * (2 * CHANNELS) +
                          (run * length + point) * FIRST + column % FIRST;
    real_t re[MIDDLE];
    real_t im[MIDDLE];
#pragma unroll
    for (uint j = 0; j < MIDDLE; ++j) {
        re[j] = LOAD(frame + j * points * FIRST);
        im[j] = LOAD(frame + j * points * FIRST + CHANNELS);
    }
    TRANSFORM(MIDDLE)(re, im);
#pragma unroll
    for (uint k = 0; k < MIDDLE; ++k) {
        const float cosine = twiddles[2 * k * points + point];
        const float sine = twiddles[(2 * k + 1) * points + point];
        const real_t value_re = re[PLACE(k, MIDDLE)];
        const real_t value_im = im[PLACE(k, MIDDLE)];
        STORE(value_re * cosine - value_im * sine, frame + k * points * FIRST);
        STORE(value_re * sine + value_im * cosine, frame + k * points * FIRST + CHANNELS);
    }
}
#endif

// What the last stage needs of a frame for its columns from `column` on: LAST points each.
void load_frame(__global const float* frames, size_t spectrum, uint column, real_t* re, real_t* im) {
    const uint run = column / FIRST;
    __global const float* frame =
        frames + spectrum * (2 * CHANNELS) + run * (LAST * FIRST) + column % FIRST;
#pragma unroll
    for (uint j = 0; j < LAST; ++j) {
        re[j] = LOAD(frame + j * FIRST);
        im[j] = LOAD(frame + j * FIRST + CHANNELS);
    }
}

// The channel, lowest frequency first, of point PLACE(k, LAST) behind the last stage; those of the
// neighbours follow. The digits of `run` are those of the frequency, in the opposite order.
uint channel_of(uint column, uint k) {
    const uint columns = CHANNELS / LAST;
    const uint run = column / FIRST;
#if MIDDLE_STAGES == 2
    const uint frequency = column % FIRST + (run / MIDDLE + run % MIDDLE * MIDDLE) * FIRST;
#else
    const uint frequency = column % FIRST + run * FIRST;
#endif
    return (frequency + k * columns + CHANNELS / 2) % CHANNELS;
}
