#include "MISTKernels.h"

#define DEPTHWISE_SLICE 256

// One position under the kernel: its channels, and their weights.
struct tap {
  const float *x;
  const float *weights;
};

// The taps that lie inside the map, in the order of the weights.
static inline __attribute__((always_inline)) size_t find_taps(
    struct tap *taps, const float *above, const float *here, const float *below, size_t column, size_t width,
    size_t channels, const float *weights) {
  const float *const rows[3] = {above, here, below};
  size_t count = 0;
  for (size_t dy = 0; dy < 3; dy++) {
    if (!rows[dy]) continue;
    for (size_t dx = 0; dx < 3; dx++) {
      if (column + dx < 1 || column + dx > width) continue;
      taps[count++] = (struct tap){rows[dy] + (column + dx - 1) * channels, weights + (dy * 3 + dx) * channels};
    }
  }
  return count;
}

#define KERNELS "depthwise.h"
#include "Lanes/each.h"
#include "Lanes/gelu.h"

void mist_depthwise_gelu_scalar(
    const float *above, const float *here, const float *below, size_t width, size_t channels, const float *weights,
    const float *bias, float *out) {
  for (size_t column = 0; column < width; column++, out += channels) {
    struct tap taps[9];
    const size_t count = find_taps(taps, above, here, below, column, width, channels, weights);
    for (size_t i = 0; i < channels; i++) {
      float sum = bias[i];
      for (size_t t = 0; t < count; t++) sum += taps[t].x[i] * taps[t].weights[i];
      out[i] = gelu_scalar(sum);
    }
  }
}

void mist_depthwise_gelu_on(
    mist_isa isa, const float *above, const float *here, const float *below, size_t width, size_t channels,
    const float *weights, const float *bias, float *out) {
  MIST_DISPATCH(isa, depthwise_gelu, above, here, below, width, channels, weights, bias, out)
}

void mist_depthwise_gelu(
    const float *above, const float *here, const float *below, size_t width, size_t channels, const float *weights,
    const float *bias, float *out) {
  mist_depthwise_gelu_on(mist_isa_best(), above, here, below, width, channels, weights, bias, out);
}
