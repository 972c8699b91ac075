// OpenCL C, as far as the kernels of the demos use it, for NVRTC: so each is written once. This stands in
// front of them; they take WIDTH 1, and write `__global`, since `global` is a word of CUDA. They are compiled
// with --device-as-default-execution-space, as OpenCL C has no other, and with --fmad=false for FP_CONTRACT
// OFF. Then each operation is rounded as OpenCL rounds it.

#define kernel extern "C" __global__
#define __global
#define restrict __restrict__

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;

// The second dimension is the long one where there are two, and of a grid only the first one of CUDA is.
inline uint get_global_id(uint dimension) {
    return dimension == 0 ? (blockIdx.z * gridDim.y + blockIdx.y) * blockDim.x + threadIdx.x
                          : blockIdx.x * blockDim.y + threadIdx.y;
}

inline float convert_float(int value) { return value; }
inline char convert_char(float value) { return (signed char)value; }
inline float clamp(float value, float least, float most) { return fminf(fmaxf(value, least), most); }
inline uint atomic_add(uint* to, uint value) { return atomicAdd(to, value); }
