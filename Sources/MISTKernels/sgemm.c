#include "Lanes/have.h"
#include "Lanes/transpose.h"
#include "MISTKernels.h"

// Most steps of k for which a panel of B is packed: 200 × 32 floats leave room in an L1 cache of 32 KiB for rows of A.
#define SGEMM_DEPTH 200

static __attribute__((noinline)) void scale_rows(size_t m, size_t n, float beta, float *c, size_t ldc) {
  for (size_t i = 0; i < m; i++, c += ldc) {
    for (size_t j = 0; j < n; j++) c[j] = beta == 0 ? 0 : beta * c[j];
  }
}

#ifdef MIST_LANES
// `depth` rows of `columns` ≤ `width` floats, `ldb` apart, become rows of `width`, padded with zeros.
static __attribute__((noinline)) void pack_rows(
    float *panel, size_t width, const float *b, size_t ldb, size_t columns, size_t depth) {
  for (size_t p = 0; p < depth; p++, panel += width, b += ldb) {
    size_t j = 0;
    for (; j + 4 <= columns; j += 4) *(quad *)(panel + j) = *(const quad *)(b + j);
    for (; j < columns; j++) panel[j] = b[j];
    for (; j < width; j++) panel[j] = 0;
  }
}

// C ← edge + beta·C for a tile of which only `columns` lie inside C.
static __attribute__((noinline)) void copy_edge(
    const float *edge, size_t width, size_t rows, size_t columns, float beta, float *c, size_t ldc) {
  for (size_t i = 0; i < rows; i++, edge += width, c += ldc) {
#pragma clang loop vectorize(disable) unroll(disable)
    for (size_t j = 0; j < columns; j++) c[j] = beta == 0 ? edge[j] : edge[j] + beta * c[j];
  }
}

// What the loops around the tiles need of an instruction set; C's tiles are `rows` × `width`, or 1, 2 or 4 rows high.
#define SGEMM_ROWS 8
#define SGEMM_WIDTH 32
typedef void tile(
    const float *a, size_t row, size_t step, const float *b, size_t ldb, size_t depth, float alpha, float beta, float *c,
    size_t ldc);
typedef void pack_whole(float *panel, const float *b, size_t ldb, size_t depth);
typedef void dots(const float *a, const float *b, size_t ldb, size_t n, size_t k, float alpha, float beta, float *c);
struct tiles {
  size_t width, rows;
  tile *one, *two, *four, *full;
  pack_whole *pack;
  dots *dots;
};

#define KERNELS "sgemm.h"
#include "Lanes/each.h"

static const struct tiles *tiles_of(mist_isa isa) {
  switch (isa) {
#if defined(__x86_64__)
    case MIST_ISA_AVX512: return &tiles_avx512;
    case MIST_ISA_AVX2: return &tiles_avx2;
#elif defined(__ARM_NEON)
    case MIST_ISA_NEON: return &tiles_neon;
#else
    case MIST_ISA_WASM: return &tiles_wasm;
#endif
    default: return NULL;
  }
}

// The part of B that is packed next, fetched while tiles multiply: processors do not foresee lines that lie a row apart.
struct ahead {
  const float *from;
  size_t apart, rows, lines, line;
};

static __attribute__((noinline)) void fetch(struct ahead *next, size_t count) {
  for (; count && next->rows; count--) {
    __builtin_prefetch(next->from + 16 * next->line, 0, 2);
    if (++next->line < next->lines) continue;
    next->line = 0;
    next->rows--;
    next->from += next->apart;
  }
}

static void sgemm_tiled(
    const struct tiles *tiles, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
    const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc) {
  if (m == 0 || k == 0 || alpha == 0) {
    scale_rows(m, n, beta, c, ldc);
    return;
  }
  if (m == 1 && transpose_b && !transpose_a) {
    tiles->dots(a, b, ldb, n, k, alpha, beta, c);
    return;
  }
  const size_t row = transpose_a ? 1 : lda, step = transpose_a ? lda : 1, width = tiles->width;
  const size_t parts = (k + SGEMM_DEPTH - 1) / SGEMM_DEPTH, most = (k + parts - 1) / parts;
  float panel[SGEMM_DEPTH * SGEMM_WIDTH] __attribute__((aligned(64)));
  // A tile that reaches past the last column goes through a buffer.
  float edge[SGEMM_ROWS * SGEMM_WIDTH] __attribute__((aligned(64)));
  for (size_t j = 0; j < n; j += width) {
    const size_t columns = n - j < width ? n - j : width;
    const bool whole = columns == width;
    // Copying a panel pays when several tiles read it.
    const bool direct = !transpose_b && whole && m <= 2 * tiles->rows;
    for (size_t p = 0; p < k; p += most) {
      const size_t depth = k - p < most ? k - p : most;
      const float *from = panel;
      size_t apart = width;
      if (direct) {
        from = b + p * ldb + j;
        apart = ldb;
      } else if (transpose_b) {
        pack_transposed(panel, width, b + j * ldb + p, ldb, columns, depth);
      } else if (whole) {
        tiles->pack(panel, b + p * ldb + j, ldb, depth);
      } else {
        pack_rows(panel, width, b + p * ldb + j, ldb, columns, depth);
      }
      struct ahead next = {0};
      const bool more = p + depth < k;
      if (!direct && m >= 8 * tiles->rows && (more || j + width < n)) {
        const size_t p1 = more ? p + depth : 0, j1 = more ? j : j + width;
        const size_t steps = k - p1 < most ? k - p1 : most, wide = n - j1 < width ? n - j1 : width;
        next = transpose_b ? (struct ahead){b + j1 * ldb + p1, ldb, wide, (steps + 15) / 16, 0}
                           : (struct ahead){b + p1 * ldb + j1, ldb, steps, (wide + 15) / 16, 0};
      }
      const size_t share = next.rows * next.lines * tiles->rows / m + 1;
      const float keep = p == 0 ? beta : 1.0f;
      const float *x = a + p * step;
      float *y = c + j;
      for (size_t left = m, rows; left; left -= rows, x += rows * row, y += rows * ldc) {
        tile *multiply = tiles->one;
        fetch(&next, share);
        rows = 1;
        if (left >= tiles->rows) {
          rows = tiles->rows;
          multiply = tiles->full;
        } else if (left >= 4) {
          rows = 4;
          multiply = tiles->four;
        } else if (left >= 2) {
          rows = 2;
          multiply = tiles->two;
        }
        if (whole) {
          multiply(x, row, step, from, apart, depth, alpha, keep, y, ldc);
        } else {
          multiply(x, row, step, from, apart, depth, alpha, 0, edge, width);
          copy_edge(edge, width, rows, columns, keep, y, ldc);
        }
      }
    }
  }
}
#endif

void mist_sgemm_scalar(
    bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
    const float *b, size_t ldb, float beta, float *c, size_t ldc) {
  scale_rows(m, n, beta, c, ldc);
  for (size_t i = 0; i < m; i++, c += ldc) {
    if (transpose_b) {
      for (size_t j = 0; j < n; j++) {
        float sum = 0;
        for (size_t p = 0; p < k; p++) sum += (transpose_a ? a[p * lda + i] : a[i * lda + p]) * b[j * ldb + p];
        c[j] += alpha * sum;
      }
    } else {
      for (size_t p = 0; p < k; p++) {
        const float x = alpha * (transpose_a ? a[p * lda + i] : a[i * lda + p]);
        for (size_t j = 0; j < n; j++) c[j] += x * b[p * ldb + j];
      }
    }
  }
}

void mist_sgemm_on(
    mist_isa isa, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
    size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc) {
#ifdef MIST_LANES
  const struct tiles *tiles = tiles_of(isa);
  if (tiles != NULL) {
    sgemm_tiled(tiles, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
#else
  (void)isa;
#endif
  mist_sgemm_scalar(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void mist_sgemm(
    bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
    const float *b, size_t ldb, float beta, float *c, size_t ldc) {
  mist_sgemm_on(mist_isa_best(), transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
