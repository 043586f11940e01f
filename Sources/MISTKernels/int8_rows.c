
#include "MISTKernels.h"
#include "MISTNarrow.h"

// Elements the sum of whose squares is below 2²⁴.
#define MOMENTS_PART 256

static void int8_sums_scalar(const uint8_t *x, size_t count, uint32_t *sums) {
  for (size_t i = 0; i < count; i++) {
    sums[0] += x[i];
    sums[1] += (uint32_t)x[i] * x[i];
  }
}

#define KERNELS "int8_rows.h"
#include "Lanes/each.h"

static void sums_on(mist_isa isa, const uint8_t *x, size_t count, uint32_t *sums) {
  switch (isa) {
#if defined(__x86_64__)
    case MIST_ISA_AVX512: int8_sums_avx512(x, count, sums); return;
    case MIST_ISA_AVX2: int8_sums_avx2(x, count, sums); return;
#elif defined(__ARM_NEON)
    case MIST_ISA_NEON: int8_sums_neon(x, count, sums); return;
#elif defined(__wasm_simd128__)
    case MIST_ISA_WASM: int8_sums_wasm(x, count, sums); return;
#endif
    default: int8_sums_scalar(x, count, sums);
  }
}

mist_int8_moments mist_int8_codes_on(mist_isa isa, const int8_t *codes, size_t count, uint8_t *out) {
  mist_int8_moments moments = {0, 0};
  for (size_t i = 0; i < count; i += MOMENTS_PART) {
    const size_t some = count - i < MOMENTS_PART ? count - i : MOMENTS_PART;
    size_t at = 0;
    // Eight at a time, on every processor; the builtins, for a freestanding memcpy is a call.
    for (uint64_t eight; at + 8 <= some; at += 8) {
      __builtin_memcpy(&eight, codes + i + at, 8);
      eight ^= 0x8080808080808080;
      __builtin_memcpy(out + i + at, &eight, 8);
    }
    for (; at < some; at++) out[i + at] = (uint8_t)codes[i + at] ^ 0x80;
    uint32_t sums[2] = {0, 0};
    sums_on(isa, out + i, some, sums);
    moments.sum += sums[0];
    moments.squares += sums[1];
  }
  return moments;
}

mist_int8_moments mist_int8_codes(const int8_t *codes, size_t count, uint8_t *out) {
  return mist_int8_codes_on(mist_isa_best(), codes, count, out);
}

void mist_int8_expand_scalar(
    const uint8_t *x, size_t rows, size_t width, const mist_int8_row *steps, float *out) {
  for (size_t row = 0; row < rows; row++, x += width, out += width) {
    for (size_t i = 0; i < width; i++) out[i] = steps[row].lowest + steps[row].step * (float)x[i];
  }
}

void mist_int8_expand(const uint8_t *x, size_t rows, size_t width, const mist_int8_row *steps, float *out) {
  MIST_DISPATCH(mist_isa_best(), int8_expand, x, rows, width, steps, out)
}
