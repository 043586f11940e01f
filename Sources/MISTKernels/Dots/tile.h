// The tile of one set and one element type: DOT_TYPE is `bf16` or `int8`, DOT_TARGET its attribute.
#define DOT_JOIN3(a, b, c) a##_##b##_##c
#define DOT_NAME3(a, b, c) DOT_JOIN3(a, b, c)
#define DOT_NAME(name) DOT_NAME3(name, DOT_TYPE, DOT_SET)
#define DOT_JOIN2(a, b) a##_##b
#define DOT_NAME2(a, b) DOT_JOIN2(a, b)
#define DOT_MULTIPLY DOT_NAME2(dot, DOT_TYPE)
#define DOT_KEEP DOT_NAME2(dot_store, DOT_TYPE)

// `rows` × `vectors` (constants where called) sums over `groups` groups, as floats with rows DOT_VECTORS vectors apart.
DOT_TARGET static inline __attribute__((always_inline)) void DOT_NAME(dot_tile)(
    const size_t rows, const size_t vectors, const char *x, size_t ldx, size_t step, const char *panel, size_t groups,
    float *sums) {
  dot_v s[DOT_ROWS][DOT_VECTORS];
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (size_t j = 0; j < vectors; j++) s[i][j] = dot_zero();
  }
  for (size_t g = 0; g < groups; g++, x += step, panel += vectors * DOT_LANES * 4) {
    dot_v w[DOT_VECTORS];
#pragma clang loop unroll(full)
    for (size_t j = 0; j < vectors; j++) w[j] = dot_load(panel + j * DOT_LANES * 4);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
      const dot_v a = dot_group(x + i * ldx);
#pragma clang loop unroll(full)
      for (size_t j = 0; j < vectors; j++) s[i][j] = DOT_MULTIPLY(s[i][j], a, w[j]);
    }
  }
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++) {
#pragma clang loop unroll(full)
    for (size_t j = 0; j < vectors; j++) DOT_KEEP(sums + (i * DOT_VECTORS + j) * DOT_LANES, s[i][j]);
  }
}

#ifdef MIST_COMPACT
// Whole tiles, and row by row what is left; whole panels, and vector by vector.
#define DOT_WIDTH(count)                                                                            \
  DOT_TARGET static __attribute__((noinline)) void DOT_NAME(dot_tile##count)(                       \
      size_t rows, const char *x, size_t ldx, size_t step, const char *panel, size_t groups,        \
      float *sums) {                                                                                \
    if (rows == DOT_ROWS) {                                                                         \
      DOT_NAME(dot_tile)(DOT_ROWS, count, x, ldx, step, panel, groups, sums);                       \
      return;                                                                                       \
    }                                                                                               \
    for (size_t i = 0; i < rows; i++) {                                                             \
      DOT_NAME(dot_tile)(                                                                           \
          1, count, x + i * ldx, ldx, step, panel, groups, sums + i * DOT_VECTORS * DOT_LANES);     \
    }                                                                                               \
  }
DOT_WIDTH(1)
#if DOT_VECTORS > 2
DOT_WIDTH(4)
#define DOT_WIDTHS {DOT_NAME(dot_tile1), 0, 0, DOT_NAME(dot_tile4)}
#else
DOT_WIDTH(2)
#define DOT_WIDTHS {DOT_NAME(dot_tile1), DOT_NAME(dot_tile2)}
#endif
#else
// One copy of every height, for whole panels and for the last one.
#define DOT_HEIGHT(rows)                                                                            \
  case rows: DOT_NAME(dot_tile)(rows, vectors, x, ldx, step, panel, groups, sums); return;
#if DOT_ROWS == 2
#define DOT_HEIGHTS DOT_HEIGHT(1)
#elif DOT_ROWS == 3
#define DOT_HEIGHTS DOT_HEIGHT(1) DOT_HEIGHT(2)
#else
#define DOT_HEIGHTS DOT_HEIGHT(1) DOT_HEIGHT(2) DOT_HEIGHT(3) DOT_HEIGHT(4) DOT_HEIGHT(5)
#endif
#define DOT_WIDTH(count)                                                                            \
  DOT_TARGET static __attribute__((noinline)) void DOT_NAME(dot_tile##count)(                       \
      size_t rows, const char *x, size_t ldx, size_t step, const char *panel, size_t groups,        \
      float *sums) {                                                                                \
    const size_t vectors = count;                                                                   \
    switch (rows) {                                                                                 \
      DOT_HEIGHTS                                                                                   \
      default: DOT_NAME(dot_tile)(DOT_ROWS, vectors, x, ldx, step, panel, groups, sums);            \
    }                                                                                               \
  }
DOT_WIDTH(1)
DOT_WIDTH(2)
#if DOT_VECTORS > 2
DOT_WIDTH(3)
DOT_WIDTH(4)
#define DOT_WIDTHS {DOT_NAME(dot_tile1), DOT_NAME(dot_tile2), DOT_NAME(dot_tile3), DOT_NAME(dot_tile4)}
#else
#define DOT_WIDTHS {DOT_NAME(dot_tile1), DOT_NAME(dot_tile2)}
#endif
#undef DOT_HEIGHT
#undef DOT_HEIGHTS
#endif
#undef DOT_WIDTH

static const struct dots DOT_NAME(dots) = {DOT_LANES, DOT_ROWS, DOT_VECTORS, DOT_OFFSET, DOT_WIDTHS};

#undef DOT_WIDTHS
#undef DOT_JOIN3
#undef DOT_NAME3
#undef DOT_NAME
#undef DOT_JOIN2
#undef DOT_NAME2
#undef DOT_MULTIPLY
#undef DOT_KEEP
#undef DOT_TYPE
#undef DOT_TARGET
#undef DOT_OFFSET
