// The tile of Arm's matrix products (i8mm, bf16): one instruction multiplies two rows by two columns over two groups. Panels are
// those of neon.h, whose columns lie side by side group by group: two groups are zipped on their way. DOT_TYPE is `bf16` or `int8`,
// DOT_TARGET its attribute.
#define MATRIX_JOIN(a, b) a##_##b
#define MATRIX_NAME2(a, b) MATRIX_JOIN(a, b)
#define MATRIX_NAME(name) MATRIX_NAME2(name, DOT_TYPE)

// Two groups of two rows; the second group is nothing behind the last.
DOT_TARGET static inline __attribute__((always_inline)) int32x4_t MATRIX_NAME(matrix_rows)(
    const char *x0, const char *x1, size_t step, const bool both) {
  if (both && step == 4) return vreinterpretq_s32_s8(vcombine_s8(vld1_s8((const int8_t *)x0), vld1_s8((const int8_t *)x1)));
  int32x4_t a = vdupq_n_s32(0);
  a = vsetq_lane_s32(*(const dot_int *)x0, a, 0);
  a = vsetq_lane_s32(*(const dot_int *)x1, a, 2);
  if (both) {
    a = vsetq_lane_s32(*(const dot_int *)(x0 + step), a, 1);
    a = vsetq_lane_s32(*(const dot_int *)(x1 + step), a, 3);
  }
  return a;
}

// `pairs` pairs of rows, `vectors` vectors of columns: sums of two rows and two columns each.
DOT_TARGET static inline __attribute__((always_inline)) void MATRIX_NAME(matrix_step)(
    const size_t pairs, const size_t vectors, const char *const *rows, size_t step, const char *panel, const bool both,
    int32x4_t s[3][8]) {
  int32x4_t a[3];
#pragma clang loop unroll(full)
  for (size_t p = 0; p < pairs; p++) a[p] = MATRIX_NAME(matrix_rows)(rows[2 * p], rows[2 * p + 1], step, both);
#pragma clang loop unroll(full)
  for (size_t j = 0; j < vectors; j++) {
    const int32x4_t w0 = vld1q_s32((const int32_t *)(panel + 16 * j));
    const int32x4_t w1 = both ? vld1q_s32((const int32_t *)(panel + 16 * (vectors + j))) : vdupq_n_s32(0);
    const int32x4_t left = vzip1q_s32(w0, w1), right = vzip2q_s32(w0, w1);
#pragma clang loop unroll(full)
    for (size_t p = 0; p < pairs; p++) {
      s[p][2 * j] = MATRIX_NAME(matrix_multiply)(s[p][2 * j], a[p], left);
      s[p][2 * j + 1] = MATRIX_NAME(matrix_multiply)(s[p][2 * j + 1], a[p], right);
    }
  }
}

// As dot_tile of tile.h.
DOT_TARGET static inline __attribute__((always_inline)) void MATRIX_NAME(matrix_tile)(
    const size_t count, const size_t vectors, const char *x, size_t ldx, size_t step, const char *panel, size_t groups,
    float *sums) {
  const size_t pairs = (count + 1) / 2;
  int32x4_t s[3][8];
  const char *rows[6];
#pragma clang loop unroll(full)
  for (size_t i = 0; i < 2 * pairs; i++) rows[i] = x + (i < count ? i : count - 1) * ldx;
#pragma clang loop unroll(full)
  for (size_t p = 0; p < pairs; p++) {
#pragma clang loop unroll(full)
    for (size_t j = 0; j < 2 * vectors; j++) s[p][j] = vdupq_n_s32(0);
  }
  for (size_t g = 0; g + 2 <= groups; g += 2, panel += 32 * vectors) {
    MATRIX_NAME(matrix_step)(pairs, vectors, rows, step, panel, true, s);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 2 * pairs; i++) rows[i] += 2 * step;
  }
  if (groups % 2) MATRIX_NAME(matrix_step)(pairs, vectors, rows, step, panel, false, s);
#pragma clang loop unroll(full)
  for (size_t i = 0; i < count; i++) {
#pragma clang loop unroll(full)
    for (size_t j = 0; j < vectors; j++) {
      const int64x2_t left = vreinterpretq_s64_s32(s[i / 2][2 * j]);
      const int64x2_t right = vreinterpretq_s64_s32(s[i / 2][2 * j + 1]);
      const int64x2_t row = i % 2 ? vzip2q_s64(left, right) : vzip1q_s64(left, right);
      MATRIX_NAME(dot_store)(sums + (i * 4 + j) * 4, vreinterpretq_s32_s64(row));
    }
  }
}

#ifdef MIST_COMPACT
#define MATRIX_WIDTH(width)                                                                                    \
  DOT_TARGET static __attribute__((noinline)) void MATRIX_NAME(matrix_tile##width)(                            \
      size_t rows, const char *x, size_t ldx, size_t step, const char *panel, size_t groups, float *sums) {    \
    if (rows == 6) {                                                                                           \
      MATRIX_NAME(matrix_tile)(6, width, x, ldx, step, panel, groups, sums);                                   \
      return;                                                                                                  \
    }                                                                                                          \
    for (size_t i = 0; i < rows; i++) {                                                                        \
      MATRIX_NAME(matrix_tile)(1, width, x + i * ldx, ldx, step, panel, groups, sums + 16 * i);                \
    }                                                                                                          \
  }
MATRIX_WIDTH(1)
MATRIX_WIDTH(4)
#define MATRIX_WIDTHS {MATRIX_NAME(matrix_tile1), 0, 0, MATRIX_NAME(matrix_tile4)}
#else
#define MATRIX_HEIGHT(count)                                                                                   \
  case count: MATRIX_NAME(matrix_tile)(count, vectors, x, ldx, step, panel, groups, sums); return;
#define MATRIX_WIDTH(width)                                                                                    \
  DOT_TARGET static __attribute__((noinline)) void MATRIX_NAME(matrix_tile##width)(                            \
      size_t rows, const char *x, size_t ldx, size_t step, const char *panel, size_t groups, float *sums) {    \
    const size_t vectors = width;                                                                              \
    switch (rows) {                                                                                            \
      MATRIX_HEIGHT(1) MATRIX_HEIGHT(2) MATRIX_HEIGHT(3) MATRIX_HEIGHT(4) MATRIX_HEIGHT(5)                     \
      default: MATRIX_NAME(matrix_tile)(6, vectors, x, ldx, step, panel, groups, sums);                        \
    }                                                                                                          \
  }
MATRIX_WIDTH(1)
MATRIX_WIDTH(2)
MATRIX_WIDTH(3)
MATRIX_WIDTH(4)
#undef MATRIX_HEIGHT
#define MATRIX_WIDTHS \
  {MATRIX_NAME(matrix_tile1), MATRIX_NAME(matrix_tile2), MATRIX_NAME(matrix_tile3), MATRIX_NAME(matrix_tile4)}
#endif
#undef MATRIX_WIDTH

static const struct dots MATRIX_NAME(dots_matrix) = {4, 6, 4, 0, MATRIX_WIDTHS};

#undef MATRIX_WIDTHS
#undef MATRIX_JOIN
#undef MATRIX_NAME2
#undef MATRIX_NAME
#undef DOT_TYPE
#undef DOT_TARGET
