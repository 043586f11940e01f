#include "Lanes/have.h"
#include "Lanes/transpose.h"
#include "MISTKernels.h"

// Steps of a panel that stay in the first-level cache while rows pass by, and values of x in the second-level cache while
// panels pass by.
#define PRODUCT_DEPTH 320
#define PRODUCT_VALUES 65536
#define PRODUCT_ROWS 8
#define PRODUCT_WIDTH 32

typedef void panel_tile(
    const float *x, size_t ldx, const float *panel, size_t depth, const float *bias, bool add, float *y, size_t ldy);
struct panel_tiles {
  size_t width, rows;
  panel_tile *one, *two, *four, *full;
};

#ifdef MIST_LANES
#define KERNELS "product.h"
#include "Lanes/each.h"
#endif

static void panel_tile_scalar(
    const float *x, size_t ldx, const float *panel, size_t depth, const float *bias, bool add, float *y, size_t ldy) {
  (void)ldx, (void)ldy;
  for (size_t j = 0; j < 4; j++) {
    float sum = bias ? bias[j] : 0;
    for (size_t p = 0; p < depth; p++) sum += x[p] * panel[p * 4 + j];
    y[j] = add ? y[j] + sum : sum;
  }
}

static const struct panel_tiles panel_tiles_scalar = {4, 1, panel_tile_scalar, NULL, NULL, panel_tile_scalar};

static const struct panel_tiles *panel_tiles_of(mist_isa isa) {
  switch (isa) {
#if defined(__x86_64__)
    case MIST_ISA_AVX512: return &panel_tiles_avx512;
    case MIST_ISA_AVX2: return &panel_tiles_avx2;
#elif defined(__ARM_NEON)
    case MIST_ISA_NEON: return &panel_tiles_neon;
#elif defined(MIST_LANES)
    case MIST_ISA_WASM: return &panel_tiles_wasm;
#endif
    default: return &panel_tiles_scalar;
  }
}

size_t mist_packed_count_on(mist_isa isa, size_t columns, size_t depth) {
  const size_t width = panel_tiles_of(isa)->width;
  return (columns + width - 1) / width * width * depth;
}

void mist_pack_panels(
    const float *w, size_t columns, size_t depth, size_t apart, size_t width, size_t steps, float *packed) {
  for (size_t first = 0; first < columns; first += width, packed += width * steps) {
    const size_t count = columns - first < width ? columns - first : width;
    pack_transposed(packed, width, w + first * apart, apart, count, depth);
    for (size_t i = width * depth; i < width * steps; i++) packed[i] = 0;
  }
}

void mist_pack_panels_scalar(
    const float *w, size_t columns, size_t depth, size_t apart, size_t width, size_t steps, float *packed) {
  for (size_t first = 0; first < columns; first += width) {
    for (size_t p = 0; p < steps; p++) {
      for (size_t j = first; j < first + width; j++) *packed++ = j < columns && p < depth ? w[j * apart + p] : 0;
    }
  }
}

void mist_pack_on(
    mist_isa isa, const float *w, size_t columns, size_t depth, size_t apart, size_t step, float *packed) {
  const size_t width = panel_tiles_of(isa)->width;
  if (step == 1) {
    mist_pack_panels(w, columns, depth, apart, width, depth, packed);
    return;
  }
  for (size_t first = 0; first < columns; first += width, packed += width * depth) {
    const size_t count = columns - first < width ? columns - first : width;
    for (size_t p = 0; p < depth; p++) {
      float *to = packed + p * width;
      const float *from = w + first * apart + p * step;
      for (size_t j = 0; j < count; j++) to[j] = from[j * apart];
      for (size_t j = count; j < width; j++) to[j] = 0;
    }
  }
}

// `rows` rows of one panel, its steps in parts of equal size.
static void run_panel(
    const struct panel_tiles *tiles, const float *x, size_t ldx, size_t rows, const float *panel, size_t depth,
    const float *bias, bool add, float *y, size_t ldy) {
  const size_t parts = (depth + PRODUCT_DEPTH - 1) / PRODUCT_DEPTH, most = (depth + parts - 1) / parts;
  for (size_t p = 0; p < depth; p += most) {
    const size_t steps = depth - p < most ? depth - p : most;
    const float *from = x + p;
    float *to = y;
    for (size_t left = rows, count; left; left -= count, from += count * ldx, to += count * ldy) {
      panel_tile *tile = tiles->one;
      count = 1;
      if (left >= tiles->rows) {
        count = tiles->rows;
        tile = tiles->full;
      } else if (left >= 4) {
        count = 4;
        tile = tiles->four;
      } else if (left >= 2) {
        count = 2;
        tile = tiles->two;
      }
      tile(from, ldx, panel + p * tiles->width, steps, p == 0 ? bias : NULL, add || p > 0, to, ldy);
    }
  }
}

void mist_product_on(
    mist_isa isa, const float *x, size_t ldx, size_t rows, size_t depth, const float *packed, size_t columns,
    const float *bias, bool add, float *y, size_t ldy) {
  const struct panel_tiles *tiles = panel_tiles_of(isa);
  const size_t width = tiles->width;
  size_t block = depth ? PRODUCT_VALUES / depth / tiles->rows * tiles->rows : rows;
  if (block < 4 * tiles->rows) block = 4 * tiles->rows;
  for (size_t row = 0; row < rows; row += block, x += block * ldx, y += block * ldy) {
    const size_t count = rows - row < block ? rows - row : block;
    for (size_t j = 0; j < columns; j += width) {
      const float *panel = packed + j * depth;
      if (columns - j >= width) {
        run_panel(tiles, x, ldx, count, panel, depth, bias ? bias + j : NULL, add, y + j, ldy);
        continue;
      }
      // A panel that reaches past the last column goes through a buffer.
      const size_t part = columns - j;
      float edge[PRODUCT_ROWS * PRODUCT_WIDTH], ends[PRODUCT_WIDTH] = {0};
      for (size_t i = 0; bias && i < part; i++) ends[i] = bias[j + i];
      for (size_t r = 0; r < count; r += tiles->rows) {
        const size_t few = count - r < tiles->rows ? count - r : tiles->rows;
        run_panel(tiles, x + r * ldx, ldx, few, panel, depth, ends, false, edge, width);
        for (size_t k = 0; k < few; k++) {
          float *to = y + (r + k) * ldy + j;
          for (size_t i = 0; i < part; i++) to[i] = add ? to[i] + edge[k * width + i] : edge[k * width + i];
        }
      }
    }
  }
}

size_t mist_packed_count(size_t columns, size_t depth) { return mist_packed_count_on(mist_isa_best(), columns, depth); }

void mist_pack(const float *w, size_t columns, size_t depth, size_t apart, size_t step, float *packed) {
  mist_pack_on(mist_isa_best(), w, columns, depth, apart, step, packed);
}

void mist_product(
    const float *x, size_t ldx, size_t rows, size_t depth, const float *packed, size_t columns, const float *bias,
    bool add, float *y, size_t ldy) {
  mist_product_on(mist_isa_best(), x, ldx, rows, depth, packed, columns, bias, add, y, ldy);
}
