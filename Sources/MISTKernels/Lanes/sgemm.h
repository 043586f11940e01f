// A tile of `rows` (a constant where called) × 2·LANES of C, its sums in registers over `depth` steps. Element (i, p) of
// op(A) is a[i·row + p·step]; op(B)'s 2·LANES columns are contiguous, `ldb` apart per step.
TARGET static inline __attribute__((always_inline)) void ISA(tile)(
    const size_t rows, const float *a, size_t row, size_t step, const float *b, size_t ldb, size_t depth, float alpha,
    float beta, float *c, size_t ldc) {
  vf sums[TILE_ROWS][2];
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++) {
    sums[i][0] = sums[i][1] = v_set(0);
    // C comes from afar while the sums are formed.
    __builtin_prefetch(c + i * ldc, 1);
    __builtin_prefetch(c + i * ldc + 2 * LANES - 1, 1);
  }
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

// `depth` rows of 2·LANES floats, `ldb` apart, one after another.
TARGET static __attribute__((noinline)) void ISA(pack_whole)(float *panel, const float *b, size_t ldb, size_t depth) {
  for (size_t p = 0; p < depth; p++, panel += 2 * LANES, b += ldb) {
    const vf b0 = v_load(b), b1 = v_load(b + LANES);
    v_store(panel, b0);
    v_store(panel + LANES, b1);
  }
}

// One row of C where op(B) is transposed: products of a with rows of B, which are read once and not packed.
TARGET static __attribute__((noinline)) void ISA(dots)(
    const float *a, const float *b, size_t ldb, size_t n, size_t k, float alpha, float beta, float *c) {
  const size_t full = k - k % LANES, pairs = k - k % (2 * LANES), rest = k - full;
  for (size_t j = 0; j < n; j++, b += ldb) {
    vf s0 = v_set(0), s1 = v_set(0);
    for (size_t p = 0; p < pairs; p += 2 * LANES) {
      s0 = v_fma(v_load(a + p), v_load(b + p), s0);
      s1 = v_fma(v_load(a + p + LANES), v_load(b + p + LANES), s1);
    }
    if (pairs < full) s0 = v_fma(v_load(a + pairs), v_load(b + pairs), s0);
    if (rest) s1 = v_fma(v_load_part(a + full, rest), v_load_part(b + full, rest), s1);
    const float sum = alpha * v_sum(v_add(s0, s1));
    c[j] = beta == 0 ? sum : sum + beta * c[j];
  }
}

static const struct tiles ISA(tiles) = {
    2 * LANES, TILE_ROWS, ISA(tile1), ISA(tile2), ISA(tile4), TILE_FULL, ISA(pack_whole), ISA(dots)};
#undef TILE_FULL
