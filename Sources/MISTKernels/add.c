#include "MISTKernels.h"

#define KERNELS "add.h"
#include "Lanes/each.h"

void mist_add_scalar(float *sum, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) sum[i] += x[i];
}

void mist_add_on(mist_isa isa, float *sum, const float *x, size_t count) { MIST_DISPATCH(isa, add, sum, x, count) }

void mist_add(float *sum, const float *x, size_t count) { mist_add_on(mist_isa_best(), sum, x, count); }
