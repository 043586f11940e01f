#include "Dots/dots.h"

#include "Dots/each.h"

// The plain twin: a row and 16 columns at a time.
#define SCALAR_LANES 16

#ifndef MIST_COMPACT
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
#endif

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

static const struct dots dots_int8_scalar = {SCALAR_LANES, 1, 1, 0, {dot_tile_int8_scalar}};

static const struct dots *int8_dots(mist_dots set) {
  switch (set) {
#if defined(__x86_64__) || defined(__ARM_NEON) || defined(__wasm_simd128__)
    case MIST_DOTS_WIDE: return &dots_int8_wide;
#endif
#if defined(__x86_64__)
    case MIST_DOTS_AVX512: return &dots_int8_avx512;
    case MIST_DOTS_AVX2: return &dots_int8_avx2;
#ifndef MIST_COMPACT
    case MIST_DOTS_AMX: return &dots_int8_amx;
#endif
#elif defined(__aarch64__)
    case MIST_DOTS_NEON: return &dots_int8_neon;
    case MIST_DOTS_MATRIX: return &dots_matrix_int8;
#endif
    default: return &dots_int8_scalar;
  }
}

#ifdef MIST_COMPACT
const struct dots *mist_dots_of(mist_dots set, mist_narrow type) {
  (void)type;
  return int8_dots(set);
}
#else
static const struct dots dots_bf16_scalar = {SCALAR_LANES, 1, 1, 0, {dot_tile_bf16_scalar}};

const struct dots *mist_dots_of(mist_dots set, mist_narrow type) {
  if (type == MIST_INT8) return int8_dots(set);
  switch (set) {
#if defined(__x86_64__)
    case MIST_DOTS_AVX512: return &dots_bf16_avx512;
    case MIST_DOTS_AMX: return &dots_bf16_amx;
#elif defined(__aarch64__)
    case MIST_DOTS_NEON: return &dots_bf16_neon;
    case MIST_DOTS_MATRIX: return &dots_matrix_bf16;
#endif
    default: return &dots_bf16_scalar;
  }
}
#endif

bool mist_amx_agrees(mist_narrow type) {
#if defined(__x86_64__) && !defined(MIST_COMPACT)
  // Small whole numbers, whose sums are exact in either type: 18 rows of 21 groups by 64 columns.
  enum { ROWS = 18, GROUPS = 21, WIDTH = 64 };
  const struct dots *amx = mist_dots_of(MIST_DOTS_AMX, type), *known = mist_dots_of(MIST_DOTS_AVX512, type);
  const size_t group = dots_group(type);
  _Alignas(64) char x[ROWS * GROUPS * 4], panel[GROUPS * WIDTH * 4];
  _Alignas(64) float found[DOTS_ROWS * DOTS_WIDTH], sums[DOTS_ROWS * DOTS_WIDTH];
  for (size_t i = 0; i < sizeof x / 4 * group; i++) {
    if (type == MIST_INT8) x[i] = (char)(i * 37 % 251);
    else ((uint16_t *)x)[i] = bf16_of((float)(i * 37 % 23) - 11);
  }
  for (size_t i = 0; i < sizeof panel / 4 * group; i++) {
    if (type == MIST_INT8) panel[i] = (char)(i * 53 % 255 - 127);
    else ((uint16_t *)panel)[i] = bf16_of((float)(i * 53 % 29) - 14);
  }
  amx->tiles[3](ROWS, x, GROUPS * 4, 4, panel, GROUPS, found);
  for (size_t row = 0; row < ROWS; row += known->rows) {
    known->tiles[3](known->rows, x + row * GROUPS * 4, GROUPS * 4, 4, panel, GROUPS, sums + row * WIDTH);
  }
  return memcmp(found, sums, ROWS * WIDTH * sizeof *sums) == 0;
#else
  (void)type;
  return false;
#endif
}
