// Tiles of 2 × 4 vectors, for 16 registers. Activations are −128…127 as for `sdot` (neon.h).
#include <arm_neon.h>

#define DOT_SET wide
#define DOT_LANES 4
#define DOT_ROWS 2
#define DOT_VECTORS 4
#define DOT_OFFSET 128
#define DOT_INT8
#define dot_v int32x4_t
#define dot_zero() vdupq_n_s32(0)
#define dot_load(p) vld1q_s32((const int32_t *)(p))
#define dot_group(p) vdupq_n_s32(*(const dot_int *)(p))
// Products of two columns at a time, whose four are summed in pairs, and the pairs.
static inline int32x4_t wide_neon(int32x4_t sum, int8x16_t x, int8x16_t w) {
  const int32x4_t left = vpaddlq_s16(vmull_s8(vget_low_s8(x), vget_low_s8(w)));
  const int32x4_t right = vpaddlq_s16(vmull_s8(vget_high_s8(x), vget_high_s8(w)));
  return vaddq_s32(
      sum, vcombine_s32(
               vpadd_s32(vget_low_s32(left), vget_high_s32(left)), vpadd_s32(vget_low_s32(right), vget_high_s32(right))));
}
#define dot_int8(sum, x, w) \
  wide_neon(sum, veorq_s8(vreinterpretq_s8_s32(x), vdupq_n_s8(-128)), vreinterpretq_s8_s32(w))
#define dot_store_int8(p, v) vst1q_f32(p, vcvtq_f32_s32(v))
