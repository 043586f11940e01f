#include "MISTKernels.h"

#define KERNELS "halves.h"
#include "Lanes/each.h"

bool mist_halves_scalar(const void *halves, size_t count, float *out) {
  const unsigned char *from = halves;
  bool finite = true;
  for (size_t i = 0; i < count; i++, from += 2) {
    const unsigned bits = from[0] | (unsigned)from[1] << 8, magnitude = bits & 0x7fff;
    union {
      unsigned bits;
      float f;
    } x = {magnitude << 13}, scale = {0x77800000};
    // 2^112 moves the exponent from a half's bias to a float's, subnormal halves included.
    x.f *= scale.f;
    if (magnitude >= 0x7c00) {
      x.bits |= 0x7f800000;
      finite = false;
    }
    x.bits |= (bits & 0x8000) << 16;
    out[i] = x.f;
  }
  return finite;
}

bool mist_halves_on(mist_isa isa, const void *halves, size_t count, float *out) {
  switch (isa) {
#if defined(__x86_64__)
    case MIST_ISA_AVX512: return halves_avx512(halves, count, out);
    case MIST_ISA_AVX2: return halves_avx2(halves, count, out);
#elif defined(__ARM_NEON)
    case MIST_ISA_NEON: return halves_neon(halves, count, out);
#elif defined(__wasm_simd128__)
    case MIST_ISA_WASM: return halves_wasm(halves, count, out);
#endif
    default: return mist_halves_scalar(halves, count, out);
  }
}

bool mist_halves(const void *halves, size_t count, float *out) {
  return mist_halves_on(mist_isa_best(), halves, count, out);
}
