#include "MISTKernels.h"

// An instruction where the processor has one, without sqrtf's errno.
static inline __attribute__((always_inline)) float root(float x) { return __builtin_elementwise_sqrt(x); }

#define KERNELS "norm.h"
#include "Lanes/each.h"

void mist_layer_norm_scalar(
    const float *x, size_t rows, size_t width, const float *gain, const float *bias, float epsilon, float *out) {
  for (size_t row = 0; row < rows; row++, x += width, out += width) {
    float sum = 0, squares = 0;
    for (size_t i = 0; i < width; i++) sum += x[i];
    const float mean = sum / (float)width;
    for (size_t i = 0; i < width; i++) squares += (x[i] - mean) * (x[i] - mean);
    const float scale = 1.0f / root(squares / (float)width + epsilon);
    for (size_t i = 0; i < width; i++) out[i] = (x[i] - mean) * scale * gain[i] + bias[i];
  }
}

void mist_layer_norm_on(
    mist_isa isa, const float *x, size_t rows, size_t width, const float *gain, const float *bias, float epsilon,
    float *out) {
  MIST_DISPATCH(isa, layer_norm, x, rows, width, gain, bias, epsilon, out)
}

void mist_layer_norm(
    const float *x, size_t rows, size_t width, const float *gain, const float *bias, float epsilon, float *out) {
  mist_layer_norm_on(mist_isa_best(), x, rows, width, gain, bias, epsilon, out);
}
