#include "bfloat.h"
#ifdef MIST_COMPACT
#define FINISHED_GELU(v) (v)
#else
#include "gelu_bf16.h"
#define FINISHED_GELU(v) ISA(gelu_bf16)(v)
#endif

// One vector of sums at column `i` of a row, behind its scale and bias.
TARGET static inline __attribute__((always_inline)) vf ISA(finished)(
    const bool integers, const mist_finish kind, const struct finish *f, vf v, vf step, vf lowest, size_t i, size_t n) {
  const bool all = n == LANES;
  const vf bias = !f->bias ? v_set(0) : all ? v_load(f->bias + i) : v_load_part(f->bias + i, n);
  if (integers) {
    const vf scale = all ? v_load(f->scales + i) : v_load_part(f->scales + i, n);
    const vf sum = all ? v_load(f->sums + i) : v_load_part(f->sums + i, n);
    v = v_fma(v, v_mul(step, scale), v_fma(lowest, sum, bias));
  } else {
    v = v_fma(v, step, bias);
  }
  return kind == MIST_GELU_BF16 ? FINISHED_GELU(v) : v;
}

// Rows of one panel's sums to y, `count` columns of it.
TARGET static inline __attribute__((always_inline)) void ISA(finish_rows)(
    const bool integers, const mist_finish kind, const struct finish *f, const float *sums, size_t rows, size_t count) {
  const size_t full = count - count % LANES, rest = count - full;
  for (size_t row = 0; row < rows; row++, sums += f->stride) {
    const vf step = v_set(integers ? f->steps[row].step : f->totals ? 1 / f->totals[row] : 1);
    const vf lowest = v_set(integers ? f->steps[row].lowest + (float)f->offset * f->steps[row].step : 0);
    float *y = (float *)f->y + row * f->ldy;
    uint16_t *half = (uint16_t *)f->y + row * f->ldy;
    for (size_t i = 0; i < full; i += LANES) {
      const vf v = ISA(finished)(integers, kind, f, v_load(sums + i), step, lowest, i, LANES);
      if (kind == MIST_STORE) {
        v_store(y + i, v);
      } else if (kind == MIST_ADD) {
        v_store(y + i, v_add(v_load(y + i), v));
      } else {
        ISA(store_bf16)(half + i, v);
      }
    }
    if (!rest) continue;
    float last[LANES];
    v_store(last, ISA(finished)(integers, kind, f, v_load(sums + full), step, lowest, full, rest));
    for (size_t i = 0; i < rest; i++) {
      switch (kind) {
        case MIST_STORE: y[full + i] = last[i]; break;
        case MIST_ADD: y[full + i] += last[i]; break;
        default: half[full + i] = bf16_of(last[i]);
      }
    }
  }
}

#undef FINISHED_GELU

TARGET static void ISA(finish)(const struct finish *f, const float *sums, size_t rows, size_t count) {
#ifdef MIST_COMPACT
  // The runtime stores products of integers.
  ISA(finish_rows)(true, MIST_STORE, f, sums, rows, count);
#else
#define FINISH(kind) \
  case kind:         \
    f->steps ? ISA(finish_rows)(true, kind, f, sums, rows, count) : ISA(finish_rows)(false, kind, f, sums, rows, count); \
    return;
  switch (f->kind) { FINISH(MIST_STORE) FINISH(MIST_ADD) FINISH(MIST_STORE_BF16) FINISH(MIST_GELU_BF16) }
#undef FINISH
#endif
}
