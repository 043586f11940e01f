#include "Dots/dots.h"
#include "MISTKernels.h"

#define KERNELS "softmax.h"
#include "Lanes/each.h"
#include "Lanes/exp.h"

void mist_softmax_scalar(float *x, size_t rows, size_t width, size_t stride, float scale) {
  for (size_t row = 0; row < rows; row++, x += stride) {
    float top = -__builtin_inff(), total = 0;
    for (size_t i = 0; i < width; i++) top = scale * x[i] > top ? scale * x[i] : top;
    for (size_t i = 0; i < width; i++) {
      x[i] = exp_scalar(scale * x[i] - top);
      total += x[i];
    }
    for (size_t i = 0; i < width; i++) x[i] *= 1.0f / total;
  }
}

void mist_softmax_on(mist_isa isa, float *x, size_t rows, size_t width, size_t stride, float scale) {
  MIST_DISPATCH(isa, softmax, x, rows, width, stride, scale)
}

void mist_softmax(float *x, size_t rows, size_t width, size_t stride, float scale) {
  mist_softmax_on(mist_isa_best(), x, rows, width, stride, scale);
}

void mist_exponentials_bf16_scalar(
    const float *x, size_t rows, size_t width, size_t stride, float scale, uint16_t *out, size_t ldo, float *totals) {
  for (size_t row = 0; row < rows; row++, x += stride, out += ldo) {
    float top = -__builtin_inff();
    for (size_t i = 0; i < width; i++) top = scale * x[i] > top ? scale * x[i] : top;
    totals[row] = 0;
    for (size_t i = 0; i < width; i++) {
      const float e = exp_scalar(scale * x[i] - top);
      totals[row] += e;
      out[i] = bf16_of(e);
    }
  }
}

void mist_exponentials_bf16(
    const float *x, size_t rows, size_t width, size_t stride, float scale, uint16_t *out, size_t ldo, float *totals) {
  MIST_DISPATCH(mist_isa_best(), exponentials_bf16, x, rows, width, stride, scale, out, ldo, totals)
}
