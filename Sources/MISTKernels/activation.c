#include "MISTKernels.h"

#define KERNELS "activation.h"
#include "Lanes/each.h"
#include "Lanes/gelu.h"

void mist_bias_gelu_scalar(float *x, size_t rows, size_t width, const float *bias) {
  for (size_t row = 0; row < rows; row++, x += width) {
    for (size_t i = 0; i < width; i++) x[i] = gelu_scalar(x[i] + bias[i]);
  }
}

void mist_bias_gelu_on(mist_isa isa, float *x, size_t rows, size_t width, const float *bias) {
  MIST_DISPATCH(isa, bias_gelu, x, rows, width, bias)
}

void mist_bias_gelu(float *x, size_t rows, size_t width, const float *bias) {
  mist_bias_gelu_on(mist_isa_best(), x, rows, width, bias);
}

void mist_swiglu_scalar(const float *x, size_t rows, size_t width, float *out) {
  for (size_t row = 0; row < rows; row++, x += 2 * width, out += width) {
    for (size_t i = 0; i < width; i++) out[i] = x[i] / (1.0f + exp_scalar(-x[i])) * x[width + i];
  }
}

void mist_swiglu_on(mist_isa isa, const float *x, size_t rows, size_t width, float *out) {
  MIST_DISPATCH(isa, swiglu, x, rows, width, out)
}

void mist_swiglu(const float *x, size_t rows, size_t width, float *out) {
  mist_swiglu_on(mist_isa_best(), x, rows, width, out);
}
