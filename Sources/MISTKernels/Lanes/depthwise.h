#include "gelu.h"

// `channels` values of one position: GELU of the bias and the sum of `count` (a constant where called) taps.
TARGET static inline __attribute__((always_inline)) void ISA(taps)(
    const size_t count, const struct tap *taps, size_t first, size_t channels, const float *bias, float *out) {
  const size_t end = first + channels, full = end - channels % LANES;
  for (size_t i = first; i < full; i += LANES) {
    vf sum = v_load(bias + i);
#pragma clang loop unroll(enable)
    for (size_t t = 0; t < count; t++) sum = v_fma(v_load(taps[t].x + i), v_load(taps[t].weights + i), sum);
    v_store(out + i, ISA(gelu)(sum));
  }
  const size_t rest = end - full;
  if (rest) {
    vf sum = v_load_part(bias + full, rest);
    for (size_t t = 0; t < count; t++) {
      sum = v_fma(v_load_part(taps[t].x + full, rest), v_load_part(taps[t].weights + full, rest), sum);
    }
    v_store_part(out + full, rest, ISA(gelu)(sum));
  }
}

TARGET static void ISA(depthwise_gelu)(
    const float *above, const float *here, const float *below, size_t width, size_t channels, const float *weights,
    const float *bias, float *out) {
  // A slice of the channels at a time, so that its weights stay in the first-level cache along the row.
  for (size_t first = 0; first < channels; first += DEPTHWISE_SLICE) {
    const size_t slice = channels - first < DEPTHWISE_SLICE ? channels - first : DEPTHWISE_SLICE;
    for (size_t column = 0; column < width; column++) {
      struct tap taps[9];
      const size_t count = find_taps(taps, above, here, below, column, width, channels, weights);
      if (count == 9) {
        ISA(taps)(9, taps, first, slice, bias, out + column * channels);
      } else {
        ISA(taps)(count, taps, first, slice, bias, out + column * channels);
      }
    }
  }
}
