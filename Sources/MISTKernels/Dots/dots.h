#ifndef MIST_DOTS_H
#define MIST_DOTS_H
#include <string.h>

#include "MISTNarrow.h"

typedef int dot_int __attribute__((aligned(1), may_alias));

// Rows of x are `ldx` bytes apart, and the groups of a row `step`.
typedef void dot_tile(
    size_t rows, const char *x, size_t ldx, size_t step, const char *panel, size_t groups, float *sums);

// The widest register tile of all, and its sums.
#ifdef MIST_COMPACT
#define DOTS_ROWS 6
#else
#define DOTS_ROWS 32
#endif
#define DOTS_WIDTH 64

// Tiles of one set and element type. A panel is `vectors` vectors of `lanes` columns wide, the last one as many as it needs.
struct dots {
  size_t lanes, rows, vectors;
  // What activations are too small by in the sums.
  int offset;
  // By the number of vectors, from 1.
  dot_tile *tiles[4];
};

const struct dots *mist_dots_of(mist_dots set, mist_narrow type);

// Whether AMX, which the processor says it has, gives the sums that AVX-512 gives.
bool mist_amx_agrees(mist_narrow type);

// Columns of the panel that starts at `first`, whole vectors: what is left, or one where MIST_COMPACT saves the tiles in between.
static inline size_t dots_panel(const struct dots *dots, size_t columns, size_t first) {
  const size_t rest = columns - first, full = dots->lanes * dots->vectors;
#ifdef MIST_COMPACT
  return rest >= full ? full : dots->lanes;
#else
  return rest >= full ? full : (rest + dots->lanes - 1) / dots->lanes * dots->lanes;
#endif
}

static inline size_t dots_group(mist_narrow type) { return type == MIST_BF16 ? 2 : 4; }

// The greatest magnitude of x, NaN where one is not finite, and x in whole steps of 1 / inverse, whose sum is returned.
float mist_magnitude(const float *x, size_t count);
int mist_int8_steps(const float *x, size_t count, float inverse, int8_t *out);

static inline uint32_t bits_of(float x) {
  uint32_t u;
  __builtin_memcpy(&u, &x, 4);
  return u;
}
static inline float float_of(uint32_t u) {
  float f;
  __builtin_memcpy(&f, &u, 4);
  return f;
}
// What a value is multiplied by to count steps; 0 where a step is no normal number, so that nothing that is not finite is counted.
static inline float steps_per(float step) { return step >= __FLT_MIN__ && step <= __FLT_MAX__ ? 1 / step : 0; }
static inline uint16_t bf16_of(float x) {
  const uint32_t u = bits_of(x);
  return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}
static inline float bf16_to(uint16_t x) { return float_of((uint32_t)x << 16); }
#endif
