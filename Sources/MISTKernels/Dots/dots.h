#ifndef MIST_DOTS_H
#define MIST_DOTS_H
#include <string.h>

#include "MISTNarrow.h"

typedef int dot_int __attribute__((aligned(1), may_alias));

typedef void dot_tile(size_t rows, const char *x, size_t ldx, const char *panel, size_t groups, float *sums);

// The widest register tile of all, and its sums.
#define DOTS_ROWS 6
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

// Columns of the panel that starts at `first`, whole vectors.
static inline size_t dots_panel(const struct dots *dots, size_t columns, size_t first) {
  const size_t rest = columns - first, full = dots->lanes * dots->vectors;
  return rest >= full ? full : (rest + dots->lanes - 1) / dots->lanes * dots->lanes;
}

static inline size_t dots_group(mist_narrow type) { return type == MIST_BF16 ? 2 : 4; }

static inline uint16_t bf16_of(float x) {
  uint32_t u;
  memcpy(&u, &x, 4);
  return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}
static inline float bf16_to(uint16_t x) {
  const uint32_t u = (uint32_t)x << 16;
  float f;
  memcpy(&f, &u, 4);
  return f;
}
#endif
