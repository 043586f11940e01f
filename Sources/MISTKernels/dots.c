#include "Dots/dots.h"

#include "Dots/each.h"

// The plain twin: a row and 16 columns at a time.
#define SCALAR_LANES 16

static void dot_tile_bf16_scalar(
    size_t rows, const char *x, size_t ldx, size_t step, const char *panel, size_t groups, float *sums) {
  (void)rows, (void)ldx;
  const uint16_t *a = (const uint16_t *)x, *w = (const uint16_t *)panel;
  for (size_t j = 0; j < SCALAR_LANES; j++) sums[j] = 0;
  for (size_t g = 0; g < groups; g++, a += step / 2, w += 2 * SCALAR_LANES) {
    for (size_t j = 0; j < SCALAR_LANES; j++) {
      sums[j] += bf16_to(a[0]) * bf16_to(w[2 * j]) + bf16_to(a[1]) * bf16_to(w[2 * j + 1]);
    }
  }
}

static void dot_tile_int8_scalar(
    size_t rows, const char *x, size_t ldx, size_t step, const char *panel, size_t groups, float *sums) {
  (void)rows, (void)ldx;
  const uint8_t *a = (const uint8_t *)x;
  const int8_t *w = (const int8_t *)panel;
  int32_t s[SCALAR_LANES] = {0};
  for (size_t g = 0; g < groups; g++, a += step, w += 4 * SCALAR_LANES) {
    for (size_t j = 0; j < SCALAR_LANES; j++) {
      for (size_t i = 0; i < 4; i++) s[j] += a[i] * w[4 * j + i];
    }
  }
  for (size_t j = 0; j < SCALAR_LANES; j++) sums[j] = (float)s[j];
}

static const struct dots dots_bf16_scalar = {SCALAR_LANES, 1, 1, 0, {dot_tile_bf16_scalar}};
static const struct dots dots_int8_scalar = {SCALAR_LANES, 1, 1, 0, {dot_tile_int8_scalar}};

const struct dots *mist_dots_of(mist_dots set, mist_narrow type) {
  switch (set) {
#if defined(__x86_64__)
    case MIST_DOTS_AVX512: return type == MIST_BF16 ? &dots_bf16_avx512 : &dots_int8_avx512;
    case MIST_DOTS_AVX2: return type == MIST_BF16 ? &dots_bf16_scalar : &dots_int8_avx2;
#elif defined(__aarch64__)
    case MIST_DOTS_NEON: return type == MIST_BF16 ? &dots_bf16_neon : &dots_int8_neon;
#endif
    default: return type == MIST_BF16 ? &dots_bf16_scalar : &dots_int8_scalar;
  }
}
