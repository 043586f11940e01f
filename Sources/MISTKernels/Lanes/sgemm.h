// A tile of `rows` (a constant where called) × 2·LANES of C, its sums in registers over `depth` steps. Element (i, p) of
// op(A) is a[i·row + p·step]; op(B)'s 2·LANES columns are contiguous, `ldb` apart per step.
TARGET static inline __attribute__((always_inline)) void ISA(tile)(
    const size_t rows, const float *a, size_t row, size_t step, const float *b, size_t ldb, size_t depth, float alpha,
    float beta, float *c, size_t ldc) {
  vf sums[TILE_ROWS][2];
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++) sums[i][0] = sums[i][1] = v_set(0);
  for (size_t p = 0; p < depth; p++) {
    const vf b0 = v_load(b), b1 = v_load(b + LANES);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
      const vf x = v_set(a[i * row]);
      sums[i][0] = v_fma(x, b0, sums[i][0]);
      sums[i][1] = v_fma(x, b1, sums[i][1]);
    }
    a += step;
    b += ldb;
  }
  const vf scale = v_set(alpha), keep = v_set(beta);
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++, c += ldc) {
    vf r0 = v_mul(scale, sums[i][0]), r1 = v_mul(scale, sums[i][1]);
    if (beta != 0) {
      r0 = v_fma(keep, v_load(c), r0);
      r1 = v_fma(keep, v_load(c + LANES), r1);
    }
    v_store(c, r0);
    v_store(c + LANES, r1);
  }
}

// Not inlined: one copy of each height.
#define TILE_OF(height)                                                                                           \
  TARGET static __attribute__((noinline)) void ISA(tile##height)(                                                 \
      const float *a, size_t row, size_t step, const float *b, size_t ldb, size_t depth, float alpha, float beta, \
      float *c, size_t ldc) {                                                                                     \
    ISA(tile)(height, a, row, step, b, ldb, depth, alpha, beta, c, ldc);                                          \
  }
TILE_OF(1)
TILE_OF(2)
TILE_OF(4)
#if TILE_ROWS == 8
TILE_OF(8)
#define TILE_FULL ISA(tile8)
#else
TILE_OF(6)
#define TILE_FULL ISA(tile6)
#endif
#undef TILE_OF

TARGET static void ISA(sgemm)(
    bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
    const float *b, size_t ldb, float beta, float *c, size_t ldc) {
  if (k == 0 || alpha == 0) {
    scale_rows(m, n, beta, c, ldc);
    return;
  }
  const size_t row = transpose_a ? 1 : lda, step = transpose_a ? lda : 1;
  float panel[SGEMM_DEPTH * 2 * LANES] __attribute__((aligned(64)));
  for (size_t j = 0; j < n; j += 2 * LANES) {
    const size_t columns = n - j < 2 * LANES ? n - j : 2 * LANES;
    // Copying a panel pays when several tiles read it.
    const bool direct = !transpose_b && columns == 2 * LANES && m <= 2 * TILE_ROWS;
    for (size_t p = 0; p < k; p += SGEMM_DEPTH) {
      const size_t depth = k - p < SGEMM_DEPTH ? k - p : SGEMM_DEPTH;
      const float *from = panel;
      size_t apart = 2 * LANES;
      if (direct) {
        from = b + p * ldb + j;
        apart = ldb;
      } else if (transpose_b) {
        pack_transposed(panel, 2 * LANES, b + j * ldb + p, ldb, columns, depth);
      } else {
        pack_rows(panel, 2 * LANES, b + p * ldb + j, ldb, columns, depth);
      }
      const float keep = p == 0 ? beta : 1.0f;
      const float *x = a + p * step;
      float *y = c + j;
      for (size_t left = m, rows; left; left -= rows, x += rows * row, y += rows * ldc) {
        // A tile that reaches past the last column goes through a buffer.
        float edge[TILE_ROWS * 2 * LANES] __attribute__((aligned(64)));
        const bool whole = columns == 2 * LANES;
        float *to = whole ? y : edge;
        const float kept = whole ? keep : 0;
        const size_t ldt = whole ? ldc : 2 * LANES;
        if (left >= TILE_ROWS) {
          rows = TILE_ROWS;
          TILE_FULL(x, row, step, from, apart, depth, alpha, kept, to, ldt);
        } else if (left >= 4) {
          rows = 4;
          ISA(tile4)(x, row, step, from, apart, depth, alpha, kept, to, ldt);
        } else if (left >= 2) {
          rows = 2;
          ISA(tile2)(x, row, step, from, apart, depth, alpha, kept, to, ldt);
        } else {
          rows = 1;
          ISA(tile1)(x, row, step, from, apart, depth, alpha, kept, to, ldt);
        }
        if (!whole) copy_edge(edge, 2 * LANES, rows, columns, keep, y, ldc);
      }
    }
  }
}
#undef TILE_FULL
