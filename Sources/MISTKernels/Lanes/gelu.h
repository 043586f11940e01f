// GELU in its erf form, for the vector kernels and their plain twins.
//
// erf(z) = 1 − (a₁t + … + a₅t⁵)·e^(−z²) with t = 1 / (1 + pz), z ≥ 0; absolute error below 1.5e-7
// (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26).
#define ERF_P 0.3275911f
#define ERF_A1 0.254829592f
#define ERF_A2 -0.284496736f
#define ERF_A3 1.421413741f
#define ERF_A4 -1.453152027f
#define ERF_A5 1.061405429f
#define SQRT_HALF 0.70710678f

#include "exp.h"

#ifndef MIST_GELU_SCALAR
#define MIST_GELU_SCALAR
static inline __attribute__((unused)) float gelu_scalar(float x) {
  const float z = x < 0 ? -x * SQRT_HALF : x * SQRT_HALF;
  const float t = 1.0f / (1.0f + ERF_P * z);
  const float p = ((((ERF_A5 * t + ERF_A4) * t + ERF_A3) * t + ERF_A2) * t + ERF_A1) * t;
  const float erf = 1.0f - p * exp_scalar(-z * z);
  return 0.5f * x * (1.0f + (x < 0 ? -erf : erf));
}
#endif

#ifdef LANES
TARGET static inline __attribute__((always_inline, unused)) vf ISA(gelu)(vf x) {
  vf z = v_abs(v_mul(x, v_set(SQRT_HALF)));
  vf t = v_div(v_set(1.0f), v_fma(v_set(ERF_P), z, v_set(1.0f)));
  vf p = v_set(ERF_A5);
  p = v_fma(p, t, v_set(ERF_A4));
  p = v_fma(p, t, v_set(ERF_A3));
  p = v_fma(p, t, v_set(ERF_A2));
  p = v_fma(p, t, v_set(ERF_A1));
  p = v_mul(p, t);
  vf tail = v_mul(p, ISA(exp)(v_sub(v_set(0), v_mul(z, z))));
  vf erf = v_copysign(v_sub(v_set(1.0f), tail), x);
  vf half = v_mul(v_set(0.5f), x);
  return v_fma(half, erf, half);
}
#endif
