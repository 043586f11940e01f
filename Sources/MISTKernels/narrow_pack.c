#include "Dots/dots.h"

size_t mist_packed_bytes_on(mist_dots set, mist_narrow type, size_t columns, size_t depth) {
  const struct dots *dots = mist_dots_of(set, type);
  const size_t group = dots_group(type), groups = (depth + group - 1) / group;
  return (columns + dots->lanes - 1) / dots->lanes * dots->lanes * groups * 4;
}

size_t mist_packed_bytes(mist_narrow type, size_t columns, size_t depth) {
  return mist_packed_bytes_on(mist_dots_best(type), type, columns, depth);
}

size_t mist_packed_unit(mist_narrow type) { return mist_dots_of(mist_dots_best(type), type)->lanes; }

size_t mist_packed_panel(mist_narrow type) {
  const struct dots *dots = mist_dots_of(mist_dots_best(type), type);
  return dots->lanes * dots->vectors;
}

// Groups of a column that are converted at a time: as many as let a piece of the panel stay in the first-level cache while its
// columns are written.
#define PACK_GROUPS 64

void mist_bf16_pack_on(mist_dots set, const float *w, size_t columns, size_t depth, void *packed) {
  const struct dots *dots = mist_dots_of(set, MIST_BF16);
  const size_t groups = (depth + 1) / 2;
  dot_int *panel = packed;
  for (size_t first = 0, width; first < columns; first += width, panel += width * groups) {
    width = dots_panel(dots, columns, first);
    for (size_t g = 0; g < groups; g += PACK_GROUPS) {
      const size_t some = groups - g < PACK_GROUPS ? groups - g : PACK_GROUPS;
      for (size_t j = 0; j < width; j++) {
        uint16_t piece[2 * PACK_GROUPS] = {0};
        if (first + j < columns) {
          const size_t rest = depth - 2 * g;
          mist_bf16_round(w + (first + j) * depth + 2 * g, rest < 2 * some ? rest : 2 * some, piece);
        }
        for (size_t i = 0; i < some; i++) panel[(g + i) * width + j] = ((const dot_int *)piece)[i];
      }
    }
  }
}

void mist_bf16_pack(const float *w, size_t columns, size_t depth, void *packed) {
  mist_bf16_pack_on(mist_dots_best(MIST_BF16), w, columns, depth, packed);
}

// A column whose depth lies side by side: group for group.
static void repack_along(const uint16_t *from, size_t depth, size_t width, uint16_t *to) {
  for (size_t g = 0; g < depth / 2; g++) *(dot_int *)(to + 2 * width * g) = *(const dot_int *)(from + 2 * g);
  if (depth % 2) to[(depth - 1) * width] = from[depth - 1], to[(depth - 1) * width + 1] = 0;
}

// `count` columns that lie side by side, two steps of depth at a time.
static void repack_across(
    const uint16_t *from, size_t count, size_t depth, size_t step, size_t width, uint16_t *to) {
  for (size_t g = 0; g < depth / 2; g++, from += 2 * step, to += 2 * width) {
    for (size_t j = 0; j < count; j++) to[2 * j] = from[j], to[2 * j + 1] = from[step + j];
  }
  for (size_t j = 0; depth % 2 && j < count; j++) to[2 * j] = from[j], to[2 * j + 1] = 0;
}

void mist_bf16_repack_on(
    mist_dots set, const uint16_t *w, size_t columns, size_t depth, size_t apart, size_t step, void *packed) {
  const struct dots *dots = mist_dots_of(set, MIST_BF16);
  const size_t groups = (depth + 1) / 2;
  char *panel = packed;
  for (size_t first = 0, width; first < columns; first += width, panel += width * groups * 4) {
    width = dots_panel(dots, columns, first);
    const size_t count = columns - first < width ? columns - first : width;
    for (size_t g = 0; g < groups; g++) memset(panel + (width * g + count) * 4, 0, (width - count) * 4);
    if (apart == 1) {
      repack_across(w + first, count, depth, step, width, (uint16_t *)panel);
    } else {
      for (size_t j = 0; j < count; j++) repack_along(w + (first + j) * apart, depth, width, (uint16_t *)panel + 2 * j);
    }
  }
}

void mist_bf16_repack(const uint16_t *w, size_t columns, size_t depth, size_t apart, size_t step, void *packed) {
  mist_bf16_repack_on(mist_dots_best(MIST_BF16), w, columns, depth, apart, step, packed);
}

void mist_int8_scales(const float *w, size_t columns, size_t depth, float *scales) {
  for (size_t j = 0; j < columns; j++) scales[j] = mist_magnitude(w + j * depth, depth) / 127;
}

void mist_int8_pack_on(
    mist_dots set, const float *w, size_t columns, size_t depth, const float *scales, void *packed, float *sums) {
  const struct dots *dots = mist_dots_of(set, MIST_INT8);
  const size_t groups = (depth + 3) / 4;
  dot_int *panel = packed;
  for (size_t first = 0, width; first < columns; first += width, panel += width * groups) {
    width = dots_panel(dots, columns, first);
    const size_t count = columns - first < width ? columns - first : width;
    for (size_t j = 0; j < count; j++) sums[first + j] = 0;
    for (size_t g = 0; g < groups; g += PACK_GROUPS) {
      const size_t some = groups - g < PACK_GROUPS ? groups - g : PACK_GROUPS;
      for (size_t j = 0; j < width; j++) {
        int8_t piece[4 * PACK_GROUPS] = {0};
        if (j < count) {
          const size_t rest = depth - 4 * g, column = first + j;
          const float *from = w + column * depth + 4 * g, scale = scales[column];
          sums[column] +=
              scale * (float)mist_int8_steps(from, rest < 4 * some ? rest : 4 * some, steps_per(scale), piece);
        }
        for (size_t i = 0; i < some; i++) panel[(g + i) * width + j] = ((const dot_int *)piece)[i];
      }
    }
  }
}

void mist_int8_pack(const float *w, size_t columns, size_t depth, const float *scales, void *packed, float *sums) {
  mist_int8_pack_on(mist_dots_best(MIST_INT8), w, columns, depth, scales, packed, sums);
}
