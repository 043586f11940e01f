// e^x, in single precision, for the vector kernels and their plain twins; relative error below 1.2e-7.
//
// x = n·ln 2 + r with |r| ≤ ln 2 / 2 and a degree-7 polynomial for e^r (Taylor: the next term is below 6e-9). Adding
// EXP_MAGIC rounds x / ln 2 to the nearest integer n and leaves n + 127 in the lowest bits, ready to become the exponent
// of 2^n. ln 2 is split so that n times the high part is exact.
#define EXP_LOG2E 0x1.715476p0f
#define EXP_MAGIC 12583039.0f  // 1.5 · 2^23 + 127
#define EXP_LN2_HIGH 0x1.62ep-1f
#define EXP_LN2_LOW 0x1.0bfbe8p-15f
// Smaller arguments give e^-87, larger ones e^88, so that 2^n stays a normal number.
#define EXP_LOWEST -87.0f
#define EXP_HIGHEST 88.0f
#define EXP_C7 0x1.a01a02p-13f
#define EXP_C6 0x1.6c16c2p-10f
#define EXP_C5 0x1.111112p-7f
#define EXP_C4 0x1.555556p-5f
#define EXP_C3 0x1.555556p-3f

#ifndef MIST_EXP_SCALAR
#define MIST_EXP_SCALAR
static inline __attribute__((unused)) float exp_scalar(float x) {
  if (x < EXP_LOWEST) x = EXP_LOWEST;
  if (x > EXP_HIGHEST) x = EXP_HIGHEST;
  union {
    float f;
    unsigned bits;
  } z = {x * EXP_LOG2E + EXP_MAGIC}, power;
  float n = z.f - EXP_MAGIC;
  float r = (x - n * EXP_LN2_HIGH) - n * EXP_LN2_LOW;
  float p = EXP_C7;
  p = p * r + EXP_C6;
  p = p * r + EXP_C5;
  p = p * r + EXP_C4;
  p = p * r + EXP_C3;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  power.bits = z.bits << 23;
  return p * power.f;
}
#endif

#ifdef LANES
TARGET static inline __attribute__((always_inline, unused)) vf ISA(exp)(vf x) {
  // Operand order: a NaN in x stays.
  x = v_max(v_set(EXP_LOWEST), x);
  vf z = v_fma(x, v_set(EXP_LOG2E), v_set(EXP_MAGIC));
  vf n = v_sub(z, v_set(EXP_MAGIC));
  vf r = v_fnma(n, v_set(EXP_LN2_HIGH), x);
  r = v_fnma(n, v_set(EXP_LN2_LOW), r);
  vf p = v_set(EXP_C7);
  p = v_fma(p, r, v_set(EXP_C6));
  p = v_fma(p, r, v_set(EXP_C5));
  p = v_fma(p, r, v_set(EXP_C4));
  p = v_fma(p, r, v_set(EXP_C3));
  p = v_fma(p, r, v_set(0.5f));
  p = v_fma(p, r, v_set(1.0f));
  p = v_fma(p, r, v_set(1.0f));
  return v_mul(p, v_exponent(z));
}
#endif
