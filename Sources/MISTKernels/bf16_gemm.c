#include "Dots/dots.h"
#include "Lanes/transpose.h"
#include "MISTKernels.h"

// Steps of k, and elements of A, that are rounded at a time: A stays in the second-level cache while the panels of B pass it.
#define GEMM_DEPTH 1024
#define GEMM_PART MIST_BF16_DEPTH

#define KERNELS "bf16_gemm.h"
#include "Lanes/each.h"

static void mist_bf16_blend_scalar(
    const float *sums, size_t stride, size_t rows, size_t count, float alpha, float beta, float *c, size_t ldc) {
  for (size_t i = 0; i < rows; i++, sums += stride, c += ldc) {
    for (size_t j = 0; j < count; j++) c[j] = alpha * sums[j] + (beta == 0 ? 0 : beta * c[j]);
  }
}

static void blend(
    const float *sums, size_t stride, size_t rows, size_t count, float alpha, float beta, float *c, size_t ldc) {
  MIST_DISPATCH(mist_isa_best(), bf16_blend, sums, stride, rows, count, alpha, beta, c, ldc)
}

// Memory of one thread: a part of A, a panel of B, and its columns before they are turned.
static _Thread_local struct {
  _Alignas(64) uint16_t part[GEMM_PART];
  _Alignas(64) uint32_t panel[DOTS_WIDTH * GEMM_DEPTH / 2];
  _Alignas(64) uint16_t columns[DOTS_WIDTH * GEMM_DEPTH];
} room;

// `rows` of `depth` floats, `ldx` apart, rounded, each up to a whole group with a zero; `ldo` elements apart.
static void round_rows(const float *x, size_t ldx, size_t rows, size_t depth, uint16_t *out, size_t ldo) {
  for (size_t i = 0; i < rows; i++, x += ldx, out += ldo) {
    mist_bf16_round(x, depth, out);
    if (depth % 2) out[depth] = 0;
  }
}

// `depth` rows of `count` floats, `ldx` apart, two at a time: groups of `count`, `width` apart, padded with zeros.
static void pair_rows(const float *x, size_t ldx, size_t count, size_t depth, uint32_t *out, size_t width) {
  static const float none[DOTS_WIDTH];
  for (size_t p = 0; p < depth; p += 2, x += 2 * ldx, out += width) {
    for (size_t j = 0; p + 1 == depth && j < count; j += DOTS_WIDTH) {
      const size_t some = count - j < DOTS_WIDTH ? count - j : DOTS_WIDTH;
      mist_bf16_pairs(x + j, none, some, out + j);
    }
    if (p + 1 < depth) mist_bf16_pairs(x, x + ldx, count, out);
    for (size_t j = count; j < width; j++) out[j] = 0;
  }
}

void mist_bf16_gemm_on(
    mist_dots set, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
    size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc) {
  const struct dots *dots = mist_dots_of(set, MIST_BF16);
  const size_t blocks = k ? (k + GEMM_DEPTH - 1) / GEMM_DEPTH : 1, most = ((k + blocks - 1) / blocks + 1) / 2 * 2;
  const size_t high = most ? GEMM_PART / most / dots->rows * dots->rows : m;
  _Alignas(64) float sums[DOTS_ROWS * DOTS_WIDTH];
  size_t p = 0;
  do {
    const size_t depth = k - p < most ? k - p : most, groups = (depth + 1) / 2;
    const float keep = p == 0 ? beta : 1;
    for (size_t i = 0, rows; i < m; i += rows) {
      rows = m - i < high ? m - i : high;
      size_t ldx = 4 * groups, step = 4;
      if (transpose_a) {
        ldx = 4, step = 4 * rows;
        pair_rows(a + p * lda + i, lda, rows, depth, (uint32_t *)room.part, rows);
      } else {
        round_rows(a + i * lda + p, lda, rows, depth, room.part, 2 * groups);
      }
      for (size_t j = 0, width; j < n; j += width) {
        width = dots_panel(dots, n, j);
        const size_t count = n - j < width ? n - j : width;
        if (transpose_b) {
          round_rows(b + j * ldb + p, ldb, count, depth, room.columns, 2 * groups);
          pack_transposed((float *)room.panel, width, (const float *)room.columns, groups, count, groups);
        } else {
          pair_rows(b + p * ldb + j, ldb, count, depth, room.panel, width);
        }
        for (size_t row = 0; row < rows; row += dots->rows) {
          const size_t height = rows - row < dots->rows ? rows - row : dots->rows;
          dots->tiles[width / dots->lanes - 1](
              height, (const char *)room.part + row * ldx, ldx, step, (const char *)room.panel, groups, sums);
          blend(
              sums, dots->lanes * dots->vectors, height, count, alpha, keep, c + (i + row) * ldc + j, ldc);
        }
      }
    }
    p += depth;
  } while (p < k);
}

void mist_bf16_gemm(
    bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
    const float *b, size_t ldb, float beta, float *c, size_t ldc) {
  mist_bf16_gemm_on(
      mist_dots_best(MIST_BF16), transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void mist_bf16_product_of_floats(
    const float *x, size_t ldx, size_t rows, size_t depth, const void *packed, size_t columns, bool adding, float *y,
    size_t ldy) {
  const size_t padded = (depth + 1) / 2 * 2, high = GEMM_PART / padded;
  for (size_t i = 0, some; i < rows; i += some) {
    some = rows - i < high ? rows - i : high;
    round_rows(x + i * ldx, ldx, some, depth, room.part, padded);
    mist_bf16_product(
        room.part, padded, some, depth, packed, columns, NULL, adding ? MIST_ADD : MIST_STORE, y + i * ldy, ldy);
  }
}
