// Built with -D ANTENNAS and SPECTRA.

// What is summed up are products of whole numbers from -127 to 127: a sum over 65536 spectra fits into
// 32 bits, so each is exact, whatever its order.

#define TILES ((ANTENNAS + 1) / 2)
#define PAIRS (TILES * (TILES + 1) / 2)

// Eight spectra of one channel and antenna.
typedef struct {
    short8 re;
    short8 im;
} Eight;

Eight load_eight(global const char* from) {
    const short8 both = vload8(0, (global const short*)from);  // the real part in the lower half
    return (Eight){(both << (short8)8) >> (short8)8, both >> (short8)8};
}

// re + i im += a conj(b)
void add_products(Eight a, Eight b, int8* re, int8* im) {
    *re += convert_int8(a.re * b.re + a.im * b.im);
    *im += convert_int8(a.im * b.re - a.re * b.im);
}

int sum_of(int8 values) {
    const int4 four = values.lo + values.hi;
    const int2 two = four.lo + four.hi;
    return two.x + two.y;
}

// Adds to the visibilities what the spectra of a chunk contribute, or begins with it.
//     char samples[run][spectrum][real, imaginary]: the run of channel c and antenna a is number
//         places[a].x + c places[a].y
//     long2 visibilities[channel][baseline]
// A work-item has the baselines of two antennas with two others: each value that is read is used twice.
// Work-items: [pair of tiles, channel].
kernel void correlate(global const char* restrict samples, global const uint2* restrict places,
                      uint channels, uint begins, global long2* restrict visibilities) {
    uint left = get_global_id(0);
    const uint channel = get_global_id(1);
    if (left >= PAIRS || channel >= channels)
        return;
    uint right = 0;
    while (left > right)
        left -= ++right;
    global const char* from[4];
#pragma unroll
    for (uint n = 0; n < 4; ++n) {
        const uint antenna = min(2 * (n < 2 ? left : right) + n % 2, (uint)(ANTENNAS - 1));
        from[n] = samples +
                  (places[antenna].x + (size_t)channel * places[antenna].y) * (2 * SPECTRA);
    }
    int8 re[4] = {0, 0, 0, 0};
    int8 im[4] = {0, 0, 0, 0};
    for (uint spectrum = 0; spectrum < SPECTRA; spectrum += 8) {
        const Eight a = load_eight(from[0] + 2 * spectrum);
        const Eight b = load_eight(from[1] + 2 * spectrum);
        const Eight c = load_eight(from[2] + 2 * spectrum);
        const Eight d = load_eight(from[3] + 2 * spectrum);
        add_products(a, c, &re[0], &im[0]);
        add_products(a, d, &re[1], &im[1]);
        add_products(b, c, &re[2], &im[2]);
        add_products(b, d, &re[3], &im[3]);
    }
#pragma unroll
    for (uint n = 0; n < 4; ++n) {
        const uint i = 2 * left + n / 2;
        const uint j = 2 * right + n % 2;
        if (i <= j && j < ANTENNAS) {
            global long2* to = visibilities + (size_t)channel * (ANTENNAS * (ANTENNAS + 1) / 2) +
                               j * (j + 1) / 2 + i;
            const long2 sum = (long2)(sum_of(re[n]), sum_of(im[n]));
            *to = begins != 0 ? sum : *to + sum;
        }
    }
}
