#include "bfloat.h"
#include "exp.h"

// The greatest of scale · x, so that the sign of the scale does not matter.
TARGET static inline __attribute__((always_inline)) float ISA(greatest)(const float *x, size_t width, float scale) {
  const size_t full = width - width % LANES;
  vf greatest = v_set(-__builtin_inff());
  const vf s = v_set(scale);
  for (size_t i = 0; i < full; i += LANES) greatest = v_max(greatest, v_mul(s, v_load(x + i)));
  float top = v_greatest(greatest);
  for (size_t i = full; i < width; i++) top = scale * x[i] > top ? scale * x[i] : top;
  return top;
}

TARGET static void ISA(softmax)(float *x, size_t rows, size_t width, size_t stride, float scale) {
  const size_t full = width - width % LANES, rest = width - full;
  for (size_t row = 0; row < rows; row++, x += stride) {
    const vf s = v_set(scale), t = v_set(ISA(greatest)(x, width, scale));
    vf sum = v_set(0);
    for (size_t i = 0; i < full; i += LANES) {
      vf e = ISA(exp)(v_sub(v_mul(s, v_load(x + i)), t));
      sum = v_add(sum, e);
      v_store(x + i, e);
    }
    float total = v_sum(sum);
    if (rest) {
      vf e = ISA(exp)(v_sub(v_mul(s, v_load_part(x + full, rest)), t));
      v_store_part(x + full, rest, e);
      for (size_t i = full; i < width; i++) total += x[i];
    }

    const vf r = v_set(1.0f / total);
    for (size_t i = 0; i < full; i += LANES) v_store(x + i, v_mul(r, v_load(x + i)));
    if (rest) v_store_part(x + full, rest, v_mul(r, v_load_part(x + full, rest)));
  }
}

// exp(scale · x − greatest) of every row, rounded, and what they sum to.
TARGET static void ISA(exponentials_bf16)(
    const float *x, size_t rows, size_t width, size_t stride, float scale, uint16_t *out, size_t ldo, float *totals) {
  const size_t full = width - width % LANES, rest = width - full;
  for (size_t row = 0; row < rows; row++, x += stride, out += ldo) {
    const vf s = v_set(scale), t = v_set(ISA(greatest)(x, width, scale));
    vf sum = v_set(0);
    for (size_t i = 0; i < full; i += LANES) {
      const vf e = ISA(exp)(v_sub(v_mul(s, v_load(x + i)), t));
      sum = v_add(sum, e);
      ISA(store_bf16)(out + i, e);
    }
    totals[row] = v_sum(sum);
    if (!rest) continue;
    float last[LANES];
    v_store(last, ISA(exp)(v_sub(v_mul(s, v_load_part(x + full, rest)), t)));
    for (size_t i = 0; i < rest; i++) {
      totals[row] += last[i];
      out[full + i] = bf16_of(last[i]);
    }
  }
}
