#include "gelu.h"

TARGET static void ISA(bias_gelu)(float *x, size_t rows, size_t width, const float *bias) {
  const size_t full = width - width % LANES, rest = width - full;
  for (size_t row = 0; row < rows; row++, x += width) {
    for (size_t i = 0; i < full; i += LANES) v_store(x + i, ISA(gelu)(v_add(v_load(x + i), v_load(bias + i))));
    if (rest) {
      vf v = v_add(v_load_part(x + full, rest), v_load_part(bias + full, rest));
      v_store_part(x + full, rest, ISA(gelu)(v));
    }
  }
}

TARGET static inline __attribute__((always_inline)) vf ISA(silu)(vf x) {
  vf bounded = v_max(v_set(-EXP_HIGHEST), x);
  return v_div(x, v_add(v_set(1.0f), ISA(exp)(v_sub(v_set(0), bounded))));
}

TARGET static void ISA(swiglu)(const float *x, size_t rows, size_t width, float *out) {
  const size_t full = width - width % LANES, rest = width - full;
  for (size_t row = 0; row < rows; row++, x += 2 * width, out += width) {
    for (size_t i = 0; i < full; i += LANES) {
      v_store(out + i, v_mul(ISA(silu)(v_load(x + i)), v_load(x + width + i)));
    }
    if (rest) {
      vf gate = ISA(silu)(v_load_part(x + full, rest));
      v_store_part(out + full, rest, v_mul(gate, v_load_part(x + width + full, rest)));
    }
  }
}
