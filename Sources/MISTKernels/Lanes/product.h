// A tile of `rows` (a constant where called) × 2·LANES of y: the bias or zero, and `depth` steps of x times a packed panel.
TARGET static inline __attribute__((always_inline)) void ISA(panel_tile)(
    const size_t rows, const float *x, size_t ldx, const float *panel, size_t depth, const float *bias, bool add,
    float *y, size_t ldy) {
  vf sums[TILE_ROWS][2];
  const vf s0 = bias ? v_load(bias) : v_set(0), s1 = bias ? v_load(bias + LANES) : v_set(0);
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++) sums[i][0] = s0, sums[i][1] = s1;
  for (size_t p = 0; p < depth; p++) {
    const vf w0 = v_load(panel), w1 = v_load(panel + LANES);
#pragma clang loop unroll(full)
    for (size_t i = 0; i < rows; i++) {
      const vf a = v_set(x[i * ldx]);
      sums[i][0] = v_fma(a, w0, sums[i][0]);
      sums[i][1] = v_fma(a, w1, sums[i][1]);
    }
    x++;
    panel += 2 * LANES;
  }
#pragma clang loop unroll(full)
  for (size_t i = 0; i < rows; i++, y += ldy) {
    if (add) {
      sums[i][0] = v_add(sums[i][0], v_load(y));
      sums[i][1] = v_add(sums[i][1], v_load(y + LANES));
    }
    v_store(y, sums[i][0]);
    v_store(y + LANES, sums[i][1]);
  }
}

// Not inlined: one copy of each height.
#define TILE_OF(height)                                                                                            \
  TARGET static __attribute__((noinline)) void ISA(panel_tile##height)(                                            \
      const float *x, size_t ldx, const float *panel, size_t depth, const float *bias, bool add, float *y,         \
      size_t ldy) {                                                                                                \
    ISA(panel_tile)(height, x, ldx, panel, depth, bias, add, y, ldy);                                              \
  }
TILE_OF(1)
TILE_OF(2)
TILE_OF(4)
#if TILE_ROWS == 8
TILE_OF(8)
#define TILE_FULL ISA(panel_tile8)
#else
TILE_OF(6)
#define TILE_FULL ISA(panel_tile6)
#endif
#undef TILE_OF

static const struct panel_tiles ISA(panel_tiles) = {
    2 * LANES, TILE_ROWS, ISA(panel_tile1), ISA(panel_tile2), ISA(panel_tile4), TILE_FULL};
#undef TILE_FULL
