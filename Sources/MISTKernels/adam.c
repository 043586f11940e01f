#include "MISTKernels.h"

#define KERNELS "adam.h"
#include "Lanes/each.h"

void mist_adam_scalar(
    float *parameters, float *mean, float *square, const float *gradient, size_t count, const mist_adam_factors *f) {
  for (size_t i = 0; i < count; i++) {
    const float g = gradient[i];
    mean[i] = f->beta1 * mean[i] + f->new1 * g;
    square[i] = f->beta2 * square[i] + f->new2 * g * g;
    const float root = __builtin_elementwise_sqrt(square[i]);
    parameters[i] = parameters[i] * f->keep - f->step * mean[i] / (root * f->correction + f->epsilon);
  }
}

void mist_adam_on(
    mist_isa isa, float *parameters, float *mean, float *square, const float *gradient, size_t count,
    const mist_adam_factors *f) {
  MIST_DISPATCH(isa, adam, parameters, mean, square, gradient, count, f)
}

void mist_adam(
    float *parameters, float *mean, float *square, const float *gradient, size_t count, const mist_adam_factors *f) {
  mist_adam_on(mist_isa_best(), parameters, mean, square, gradient, count, f);
}
