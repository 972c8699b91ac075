// What NVRTC has of itself, as far as the simulation has it, for the host's C++ compiler. It stands in
// front of each program; the macro __global__ is dealt with by scan.cpp.

#define __host__
#define __device__
#define __constant__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;

#define JUGGLE_VECTORS(T, name, align2, align4)                                                 \
    struct name##1 {                                                                            \
        T x;                                                                                    \
    };                                                                                          \
    struct __attribute__((aligned(align2))) name##2 {                                           \
        T x, y;                                                                                 \
    };                                                                                          \
    struct name##3 {                                                                            \
        T x, y, z;                                                                              \
    };                                                                                          \
    struct __attribute__((aligned(align4))) name##4 {                                           \
        T x, y, z, w;                                                                           \
    };                                                                                          \
    static inline name##1 make_##name##1(T x) { return {x}; }                                   \
    static inline name##2 make_##name##2(T x, T y) { return {x, y}; }                           \
    static inline name##3 make_##name##3(T x, T y, T z) { return {x, y, z}; }                   \
    static inline name##4 make_##name##4(T x, T y, T z, T w) { return {x, y, z, w}; }
JUGGLE_VECTORS(signed char, char, 2, 4)
JUGGLE_VECTORS(unsigned char, uchar, 2, 4)
JUGGLE_VECTORS(short, short, 4, 8)
JUGGLE_VECTORS(unsigned short, ushort, 4, 8)
JUGGLE_VECTORS(int, int, 8, 16)
JUGGLE_VECTORS(unsigned, uint, 8, 16)
JUGGLE_VECTORS(long, long, 16, 16)
JUGGLE_VECTORS(unsigned long, ulong, 16, 16)
JUGGLE_VECTORS(long long, longlong, 16, 16)
JUGGLE_VECTORS(unsigned long long, ulonglong, 16, 16)
JUGGLE_VECTORS(float, float, 8, 16)
JUGGLE_VECTORS(double, double, 16, 16)
#undef JUGGLE_VECTORS

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};

// Of the thread of the host that runs the kernel: several streams may run one.
static __thread uint3 threadIdx;
static __thread uint3 blockIdx;
static __thread uint3 blockDim;
static __thread uint3 gridDim;
enum { warpSize = 32 };

#define JUGGLE_REAL_1(name)                                                     \
    static inline float name(float x) { return __builtin_##name##f(x); }        \
    static inline double name(double x) { return __builtin_##name(x); }         \
    static inline float name##f(float x) { return __builtin_##name##f(x); }
#define JUGGLE_REAL_2(name)                                                                 \
    static inline float name(float x, float y) { return __builtin_##name##f(x, y); }        \
    static inline double name(double x, double y) { return __builtin_##name(x, y); }        \
    static inline float name##f(float x, float y) { return __builtin_##name##f(x, y); }
JUGGLE_REAL_1(acos)
JUGGLE_REAL_1(asin)
JUGGLE_REAL_1(atan)
JUGGLE_REAL_1(cbrt)
JUGGLE_REAL_1(ceil)
JUGGLE_REAL_1(cos)
JUGGLE_REAL_1(cosh)
JUGGLE_REAL_1(exp)
JUGGLE_REAL_1(exp2)
JUGGLE_REAL_1(expm1)
JUGGLE_REAL_1(fabs)
JUGGLE_REAL_1(floor)
JUGGLE_REAL_1(log)
JUGGLE_REAL_1(log10)
JUGGLE_REAL_1(log1p)
JUGGLE_REAL_1(log2)
JUGGLE_REAL_1(nearbyint)
JUGGLE_REAL_1(rint)
JUGGLE_REAL_1(round)
JUGGLE_REAL_1(sin)
JUGGLE_REAL_1(sinh)
JUGGLE_REAL_1(sqrt)
JUGGLE_REAL_1(tan)
JUGGLE_REAL_1(tanh)
JUGGLE_REAL_1(trunc)
JUGGLE_REAL_2(atan2)
JUGGLE_REAL_2(copysign)
JUGGLE_REAL_2(fdim)
JUGGLE_REAL_2(fmax)
JUGGLE_REAL_2(fmin)
JUGGLE_REAL_2(fmod)
JUGGLE_REAL_2(hypot)
JUGGLE_REAL_2(pow)
#undef JUGGLE_REAL_1
#undef JUGGLE_REAL_2
static inline float fma(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
static inline double fma(double x, double y, double z) { return __builtin_fma(x, y, z); }
static inline float fmaf(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
static inline float rsqrtf(float x) { return 1.0f / __builtin_sqrtf(x); }
static inline float __fmaf_rn(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
static inline int __float2int_rn(float x) { return (int)__builtin_rintf(x); }
static inline int __float_as_int(float x) {
    int bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits;
}
static inline float __int_as_float(int bits) {
    float x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
}

#define JUGGLE_WHOLE(T)                                             \
    static inline T min(T a, T b) { return b < a ? b : a; }         \
    static inline T max(T a, T b) { return a < b ? b : a; }
JUGGLE_WHOLE(int)
JUGGLE_WHOLE(unsigned)
JUGGLE_WHOLE(long)
JUGGLE_WHOLE(unsigned long)
JUGGLE_WHOLE(long long)
JUGGLE_WHOLE(unsigned long long)
#undef JUGGLE_WHOLE
static inline float min(float a, float b) { return __builtin_fminf(a, b); }
static inline float max(float a, float b) { return __builtin_fmaxf(a, b); }
static inline double min(double a, double b) { return __builtin_fmin(a, b); }
static inline double max(double a, double b) { return __builtin_fmax(a, b); }
static inline int abs(int x) { return x < 0 ? -x : x; }
static inline float abs(float x) { return __builtin_fabsf(x); }
static inline double abs(double x) { return __builtin_fabs(x); }

#define JUGGLE_ATOMIC(T)                                                                            \
    static inline T atomicAdd(T* to, T value) { return __atomic_fetch_add(to, value, 0); }          \
    static inline T atomicExch(T* to, T value) { return __atomic_exchange_n(to, value, 0); }        \
    static inline T atomicAnd(T* to, T value) { return __atomic_fetch_and(to, value, 0); }          \
    static inline T atomicOr(T* to, T value) { return __atomic_fetch_or(to, value, 0); }            \
    static inline T atomicXor(T* to, T value) { return __atomic_fetch_xor(to, value, 0); }          \
    static inline T atomicCAS(T* to, T wanted, T value) {                                           \
        __atomic_compare_exchange_n(to, &wanted, value, false, 0, 0);                               \
        return wanted;                                                                              \
    }                                                                                               \
    static inline T atomicMin(T* to, T value) {                                                     \
        T old = __atomic_load_n(to, 0);                                                             \
        while (value < old && !__atomic_compare_exchange_n(to, &old, value, false, 0, 0)) {         \
        }                                                                                           \
        return old;                                                                                 \
    }                                                                                               \
    static inline T atomicMax(T* to, T value) {                                                     \
        T old = __atomic_load_n(to, 0);                                                             \
        while (old < value && !__atomic_compare_exchange_n(to, &old, value, false, 0, 0)) {         \
        }                                                                                           \
        return old;                                                                                 \
    }
JUGGLE_ATOMIC(int)
JUGGLE_ATOMIC(unsigned)
JUGGLE_ATOMIC(unsigned long long)
#undef JUGGLE_ATOMIC
static inline int atomicSub(int* to, int value) { return __atomic_fetch_sub(to, value, 0); }
static inline unsigned atomicSub(unsigned* to, unsigned value) {
    return __atomic_fetch_sub(to, value, 0);
}
#define JUGGLE_ATOMIC_REAL(T)                                          \
    static inline T atomicAdd(T* to, T value) {                        \
        T old;                                                         \
        __atomic_load(to, &old, 0);                                    \
        T next = old + value;                                          \
        while (!__atomic_compare_exchange(to, &old, &next, false, 0, 0)) { \
            next = old + value;                                        \
        }                                                              \
        return old;                                                    \
    }
JUGGLE_ATOMIC_REAL(float)
JUGGLE_ATOMIC_REAL(double)
#undef JUGGLE_ATOMIC_REAL
static inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

// Nothing that the images of several programs would have in common.
namespace {
namespace juggle_simulation {

template <class T>
struct Pointer {
    enum { is_one = 0 };
};
template <class T>
struct Pointer<T*> {
    enum { is_one = 1 };
};

template <size_t... Places>
struct List {};
template <size_t Count, size_t... Places>
struct ListTo : ListTo<Count - 1, Count - 1, Places...> {};
template <size_t... Places>
struct ListTo<0, Places...> {
    typedef List<Places...> type;
};

template <class Function, Function* Kernel>
struct Launcher;

template <class... Parameters, void (*Kernel)(Parameters...)>
struct Launcher<void(Parameters...), Kernel> {
    static const unsigned long count = sizeof...(Parameters);
    static const juggle_cuda_simulation_parameter parameters[count + 1];

    template <size_t... Places>
    static void call(void** values, List<Places...>) {
        Kernel(*static_cast<Parameters*>(values[Places])...);
    }

    static int run(const unsigned* grid, const unsigned* block, void** values) {
        gridDim = {grid[0], grid[1], grid[2]};
        blockDim = {block[0], block[1], block[2]};
        for (unsigned z = 0; z < grid[2]; ++z) {
            for (unsigned y = 0; y < grid[1]; ++y) {
                for (unsigned x = 0; x < grid[0]; ++x) {
                    blockIdx = {x, y, z};
                    run_block(block, values);
                }
            }
        }
        return 0;
    }

    static void run_block(const unsigned* block, void** values) {
        for (unsigned z = 0; z < block[2]; ++z) {
            for (unsigned y = 0; y < block[1]; ++y) {
                for (unsigned x = 0; x < block[0]; ++x) {
                    threadIdx = {x, y, z};
                    call(values, typename ListTo<count>::type());
                }
            }
        }
    }
};

template <class... Parameters, void (*Kernel)(Parameters...)>
const juggle_cuda_simulation_parameter
    Launcher<void(Parameters...), Kernel>::parameters[count + 1] = {
        {sizeof(Parameters), Pointer<Parameters>::is_one}..., {0, 0}};

}  // namespace juggle_simulation
}
