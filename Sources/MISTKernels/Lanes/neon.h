#include <arm_neon.h>

#ifndef MIST_NEON_HELPERS
#define MIST_NEON_HELPERS
#define NEON_INLINE static inline __attribute__((always_inline, unused))

NEON_INLINE float32x4_t neon_load_part(const float *p, size_t n) {
  float lanes[4] = {0, 0, 0, 0};
  for (size_t i = 0; i < n; i++) lanes[i] = p[i];
  return vld1q_f32(lanes);
}
NEON_INLINE void neon_store_part(float *p, size_t n, float32x4_t v) {
  float lanes[4];
  vst1q_f32(lanes, v);
  for (size_t i = 0; i < n; i++) p[i] = lanes[i];
}
#if defined(__ARM_FEATURE_FMA)
#define neon_fma(a, b, c) vfmaq_f32(c, a, b)
#define neon_fnma(a, b, c) vfmsq_f32(c, a, b)
#else
#define neon_fma(a, b, c) vmlaq_f32(c, a, b)
#define neon_fnma(a, b, c) vmlsq_f32(c, a, b)
#endif
NEON_INLINE float32x4_t neon_div(float32x4_t a, float32x4_t b) {
#if defined(__aarch64__)
  return vdivq_f32(a, b);
#else
  float32x4_t r = vrecpeq_f32(b);
  r = vmulq_f32(r, vrecpsq_f32(b, r));
  r = vmulq_f32(r, vrecpsq_f32(b, r));
  return vmulq_f32(a, r);
#endif
}
NEON_INLINE float32x4_t neon_sqrt(float32x4_t a) {
#if defined(__aarch64__)
  return vsqrtq_f32(a);
#else
  float32x4_t r = vrsqrteq_f32(a);
  r = vmulq_f32(r, vrsqrtsq_f32(vmulq_f32(a, r), r));
  r = vmulq_f32(r, vrsqrtsq_f32(vmulq_f32(a, r), r));
  // The root of zero is not the product of zero and infinity.
  return vbslq_f32(vceqq_f32(a, vdupq_n_f32(0)), a, vmulq_f32(a, r));
#endif
}
NEON_INLINE float neon_sum(float32x4_t v) {
  float32x2_t h = vadd_f32(vget_low_f32(v), vget_high_f32(v));
  return vget_lane_f32(vpadd_f32(h, h), 0);
}
NEON_INLINE float neon_greatest(float32x4_t v) {
  float32x2_t h = vmax_f32(vget_low_f32(v), vget_high_f32(v));
  return vget_lane_f32(vpmax_f32(h, h), 0);
}
#endif

#define ISA(name) name##_neon
#define TARGET
#define LANES 4
#define TILE_ROWS 8
#define vf float32x4_t
#define v_set(s) vdupq_n_f32(s)
#define v_load(p) vld1q_f32(p)
#define v_store(p, v) vst1q_f32(p, v)
#define v_load_part(p, n) neon_load_part(p, n)
#define v_store_part(p, n, v) neon_store_part(p, n, v)
// LANES halves as floats.
#if defined(__aarch64__)
#define v_load_halves(p) vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8((const uint8_t *)(p))))
#endif
// LANES bytes as floats.
static inline float32x4_t neon_bytes(const uint8_t *p) {
  uint32_t four;
  __builtin_memcpy(&four, p, 4);
  return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(vcreate_u8(four)))));
}
#define v_load_bytes(p) neon_bytes(p)
#define v_add(a, b) vaddq_f32(a, b)
#define v_sub(a, b) vsubq_f32(a, b)
#define v_mul(a, b) vmulq_f32(a, b)
#define v_div(a, b) neon_div(a, b)
#define v_sqrt(a) neon_sqrt(a)
#define v_fma(a, b, c) neon_fma(a, b, c)
#define v_fnma(a, b, c) neon_fnma(a, b, c)
// NaN where either operand is NaN.
#define v_max(a, b) vmaxq_f32(a, b)
#define v_abs(a) vabsq_f32(a)
#define v_copysign(a, b) vbslq_f32(vdupq_n_u32(0x80000000u), b, a)
#define v_exponent(a) vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_f32(a), 23))
#define v_sum(a) neon_sum(a)
#define v_greatest(a) neon_greatest(a)
