#include "MISTKernels.h"

// erf(z) = 1 − (a₁t + … + a₅t⁵)·e^(−z²) with t = 1 / (1 + pz), z ≥ 0; absolute error below 1.5e-7
// (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26).
#define ERF_P 0.3275911f
#define ERF_A1 0.254829592f
#define ERF_A2 -0.284496736f
#define ERF_A3 1.421413741f
#define ERF_A4 -1.453152027f
#define ERF_A5 1.061405429f
#define SQRT_HALF 0.70710678f

#define KERNELS "activation.h"
#include "Lanes/each.h"
#include "Lanes/exp.h"

static float gelu_scalar(float x) {
  const float z = x < 0 ? -x * SQRT_HALF : x * SQRT_HALF;
  const float t = 1.0f / (1.0f + ERF_P * z);
  const float p = ((((ERF_A5 * t + ERF_A4) * t + ERF_A3) * t + ERF_A2) * t + ERF_A1) * t;
  const float erf = 1.0f - p * exp_scalar(-z * z);
  return 0.5f * x * (1.0f + (x < 0 ? -erf : erf));
}

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
