#include "Dots/dots.h"
#include "MISTKernels.h"

// What becomes of the sums of one panel, or of rows of it.
struct finish {
  mist_finish kind;
  const float *bias;
  // Of integers: the rows' and the columns' scales, and what the columns' sums of weights are.
  const mist_int8_row *steps;
  const float *scales, *sums;
  int offset;
  // What the rows are divided by, or NULL.
  const float *totals;
  // Floats between rows of sums; y, and elements between its rows.
  size_t stride;
  void *y;
  size_t ldy;
};

#if defined(__x86_64__) || defined(__ARM_NEON) || defined(__wasm_simd128__)
#define KERNELS "finish.h"
#include "Lanes/each.h"
#endif
#include "Lanes/gelu_bf16.h"

static void finish_scalar(const struct finish *f, const float *sums, size_t rows, size_t count) {
  for (size_t row = 0; row < rows; row++, sums += f->stride) {
    float *whole = (float *)f->y + row * f->ldy;
    uint16_t *half = (uint16_t *)f->y + row * f->ldy;
    for (size_t i = 0; i < count; i++) {
      float v = sums[i];
      if (f->steps) {
        v = v * f->steps[row].step * f->scales[i] +
            (f->steps[row].lowest + (float)f->offset * f->steps[row].step) * f->sums[i];
      }
      if (f->bias) v += f->bias[i];
      if (f->totals) v /= f->totals[row];
#ifdef MIST_COMPACT
      (void)half;
      whole[i] = v;
#else
      switch (f->kind) {
        case MIST_STORE: whole[i] = v; break;
        case MIST_ADD: whole[i] += v; break;
        case MIST_STORE_BF16: half[i] = bf16_of(v); break;
        case MIST_GELU_BF16: half[i] = bf16_of(gelu_bf16_scalar(v)); break;
      }
#endif
    }
  }
}

static void finish_on(mist_dots set, const struct finish *f, const float *sums, size_t rows, size_t count) {
  switch (set) {
#if defined(__x86_64__)
    case MIST_DOTS_AMX:
    case MIST_DOTS_AVX512: finish_avx512(f, sums, rows, count); return;
    case MIST_DOTS_WIDE:
    case MIST_DOTS_AVX2: finish_avx2(f, sums, rows, count); return;
#elif defined(__ARM_NEON)
    case MIST_DOTS_WIDE:
    case MIST_DOTS_MATRIX:
    case MIST_DOTS_NEON: finish_neon(f, sums, rows, count); return;
#elif defined(__wasm_simd128__)
    case MIST_DOTS_WIDE: finish_wasm(f, sums, rows, count); return;
#endif
    default: finish_scalar(f, sums, rows, count);
  }
}

// Panel by panel; while the rows pass one, the next comes into the second-level cache.
static void product(
    mist_dots set, mist_narrow type, const char *x, size_t ldx, size_t rows, size_t depth, const char *packed,
    size_t columns, struct finish f) {
  const struct dots *dots = mist_dots_of(set, type);
  const size_t group = dots_group(type), groups = (depth + group - 1) / group;
  const size_t element = f.kind == MIST_STORE || f.kind == MIST_ADD ? 4 : 2;
  const size_t tiles = (rows + dots->rows - 1) / dots->rows;
  const struct finish whole = f;
  f.stride = dots->lanes * dots->vectors;
  _Alignas(64) float sums[DOTS_ROWS * DOTS_WIDTH];
  for (size_t first = 0, width; first < columns; first += width, packed += width * groups * 4) {
    width = dots_panel(dots, columns, first);
    const size_t count = columns - first < width ? columns - first : width;
    const size_t share = first + width < columns ? (width * groups * 4 / tiles + 63) / 64 * 64 : 0;
    const char *next = packed + width * groups * 4;
    f.bias = whole.bias ? whole.bias + first : NULL;
    f.scales = whole.scales ? whole.scales + first : NULL;
    f.sums = whole.sums ? whole.sums + first : NULL;
    for (size_t row = 0; row < rows; row += dots->rows, next += share) {
      const size_t height = rows - row < dots->rows ? rows - row : dots->rows;
      for (size_t i = 0; i < share; i += 64) __builtin_prefetch(next + i, 0, 2);
      dots->tiles[width / dots->lanes - 1](height, x + row * ldx, ldx, 4, packed, groups, sums);
      f.steps = whole.steps ? whole.steps + row : NULL;
      f.totals = whole.totals ? whole.totals + row : NULL;
      f.y = (char *)whole.y + (row * f.ldy + first) * element;
      finish_on(set, &f, sums, height, count);
    }
  }
}

void mist_bf16_product_on(
    mist_dots set, const uint16_t *x, size_t ldx, size_t rows, size_t depth, const void *packed, size_t columns,
    const float *bias, mist_finish finish, void *y, size_t ldy) {
  const struct finish f = {.kind = finish, .bias = bias, .y = y, .ldy = ldy};
  product(set, MIST_BF16, (const char *)x, 2 * ldx, rows, depth, packed, columns, f);
}

void mist_bf16_product(
    const uint16_t *x, size_t ldx, size_t rows, size_t depth, const void *packed, size_t columns, const float *bias,
    mist_finish finish, void *y, size_t ldy) {
  mist_bf16_product_on(mist_dots_best(MIST_BF16), x, ldx, rows, depth, packed, columns, bias, finish, y, ldy);
}

void mist_bf16_weighted_on(
    mist_dots set, const uint16_t *x, size_t ldx, const float *totals, size_t rows, size_t depth, const void *packed,
    size_t columns, uint16_t *y, size_t ldy) {
  const struct finish f = {.kind = MIST_STORE_BF16, .totals = totals, .y = y, .ldy = ldy};
  product(set, MIST_BF16, (const char *)x, 2 * ldx, rows, depth, packed, columns, f);
}

void mist_bf16_weighted(
    const uint16_t *x, size_t ldx, const float *totals, size_t rows, size_t depth, const void *packed, size_t columns,
    uint16_t *y, size_t ldy) {
  mist_bf16_weighted_on(mist_dots_best(MIST_BF16), x, ldx, totals, rows, depth, packed, columns, y, ldy);
}

void mist_int8_product_on(
    mist_dots set, const uint8_t *x, size_t ldx, const mist_int8_row *steps, size_t rows, size_t depth,
    const void *packed, const float *scales, const float *sums, size_t columns, const float *bias, mist_finish finish,
    void *y, size_t ldy) {
  const struct finish f = {
      .kind = finish, .bias = bias, .steps = steps, .scales = scales, .sums = sums,
      .offset = mist_dots_of(set, MIST_INT8)->offset, .y = y, .ldy = ldy};
  product(set, MIST_INT8, (const char *)x, ldx, rows, depth, packed, columns, f);
}

void mist_int8_product(
    const uint8_t *x, size_t ldx, const mist_int8_row *steps, size_t rows, size_t depth, const void *packed,
    const float *scales, const float *sums, size_t columns, const float *bias, mist_finish finish, void *y,
    size_t ldy) {
  mist_int8_product_on(
      mist_dots_best(MIST_INT8), x, ldx, steps, rows, depth, packed, scales, sums, columns, bias, finish, y, ldy);
}
