#include "Dots/dots.h"

size_t mist_packed_bytes_on(mist_dots set, mist_narrow type, size_t columns, size_t depth) {
  const struct dots *dots = mist_dots_of(set, type);
  const size_t group = dots_group(type), groups = (depth + group - 1) / group;
  return (columns + dots->lanes - 1) / dots->lanes * dots->lanes * groups * 4;
}

size_t mist_packed_bytes(mist_narrow type, size_t columns, size_t depth) {
  return mist_packed_bytes_on(mist_dots_best(type), type, columns, depth);
}


void mist_bf16_pack_on(mist_dots set, const float *w, size_t columns, size_t depth, void *packed) {
  const struct dots *dots = mist_dots_of(set, MIST_BF16);
  const size_t groups = (depth + 1) / 2, even = depth / 2;
  char *panel = packed;
  for (size_t first = 0, width; first < columns; first += width, panel += width * groups * 4) {
    width = dots_panel(dots, columns, first);
    for (size_t j = 0; j < width; j++) {
      uint16_t *to = (uint16_t *)panel + 2 * j;
      if (first + j >= columns) {
        for (size_t g = 0; g < groups; g++, to += 2 * width) to[0] = to[1] = 0;
        continue;
      }
      const float *from = w + (first + j) * depth;
      for (size_t g = 0; g < even; g++, from += 2, to += 2 * width) to[0] = bf16_of(from[0]), to[1] = bf16_of(from[1]);
      if (even < groups) to[0] = bf16_of(from[0]), to[1] = 0;
    }
  }
}

void mist_bf16_pack(const float *w, size_t columns, size_t depth, void *packed) {
  mist_bf16_pack_on(mist_dots_best(MIST_BF16), w, columns, depth, packed);
}

void mist_bf16_repack_on(
    mist_dots set, const uint16_t *w, size_t columns, size_t depth, size_t apart, size_t step, void *packed) {
  const struct dots *dots = mist_dots_of(set, MIST_BF16);
  const size_t groups = (depth + 1) / 2;
  char *panel = packed;
  for (size_t first = 0, width; first < columns; first += width, panel += width * groups * 4) {
    width = dots_panel(dots, columns, first);
    const size_t count = columns - first < width ? columns - first : width;
    for (size_t g = 0; g < groups; g++) {
      uint16_t *to = (uint16_t *)panel + 2 * width * g;
      const uint16_t *from = w + first * apart + 2 * g * step;
      const bool whole = 2 * g + 1 < depth;
      if (apart == 1) {
        for (size_t j = 0; j < count; j++) to[2 * j] = from[j], to[2 * j + 1] = whole ? from[step + j] : 0;
      } else {
        for (size_t j = 0; j < count; j++) {
          to[2 * j] = from[j * apart], to[2 * j + 1] = whole ? from[j * apart + 1] : 0;
        }
      }
      memset(to + 2 * count, 0, (width - count) * 4);
    }
  }
}

void mist_bf16_repack(const uint16_t *w, size_t columns, size_t depth, size_t apart, size_t step, void *packed) {
  mist_bf16_repack_on(mist_dots_best(MIST_BF16), w, columns, depth, apart, step, packed);
}

// A column of `depth` floats in whole steps of its greatest magnitude / 127.
static void pack_column(const float *w, size_t depth, size_t width, int8_t *to, float *scale, float *sum) {
  float top = 0;
  for (size_t i = 0; i < depth; i++) top = w[i] > top ? w[i] : -w[i] > top ? -w[i] : top;
  const float inverse = top > 0 ? 127 / top : 0;
  int total = 0;
  for (size_t i = 0; i < depth; i++) {
    const int q = (int)(w[i] * inverse + (w[i] < 0 ? -0.5f : 0.5f));
    to[i / 4 * 4 * width + i % 4] = (int8_t)q;
    total += q;
  }
  for (size_t i = depth; i % 4; i++) to[i / 4 * 4 * width + i % 4] = 0;
  *scale = top / 127;
  *sum = *scale * (float)total;
}

void mist_int8_pack_on(
    mist_dots set, const float *w, size_t columns, size_t depth, void *packed, float *scales, float *sums) {
  const struct dots *dots = mist_dots_of(set, MIST_INT8);
  const size_t groups = (depth + 3) / 4;
  char *panel = packed;
  for (size_t first = 0, width; first < columns; first += width, panel += width * groups * 4) {
    width = dots_panel(dots, columns, first);
    for (size_t j = 0; j < width; j++) {
      int8_t *to = (int8_t *)panel + 4 * j;
      if (first + j < columns) {
        pack_column(w + (first + j) * depth, depth, width, to, scales + first + j, sums + first + j);
      } else {
        for (size_t g = 0; g < groups; g++) memset(to + g * 4 * width, 0, 4);
      }
    }
  }
}

void mist_int8_pack(const float *w, size_t columns, size_t depth, void *packed, float *scales, float *sums) {
  mist_int8_pack_on(mist_dots_best(MIST_INT8), w, columns, depth, packed, scales, sums);
}
