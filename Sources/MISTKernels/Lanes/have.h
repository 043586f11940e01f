// Defined where there are vector instructions that kernels are compiled for.
#if defined(__x86_64__) || defined(__ARM_NEON) || defined(__wasm_simd128__)
#define MIST_LANES
#endif
