// Tiles of 6 × 4 vectors of the 32 registers. `sdot` wants activations of −128…127: the product's sums are then 128 · Σ w too small,
// which DOT_OFFSET says to the finish.
#include <arm_neon.h>

#define DOT_SET neon
#define DOT_LANES 4
#define DOT_ROWS 6
#define DOT_VECTORS 4
#define DOT_BF16 __attribute__((target("bf16")))
#define DOT_INT8 __attribute__((target("dotprod")))
#define dot_v int32x4_t
#define dot_zero() vdupq_n_s32(0)
#define dot_load(p) vld1q_s32((const int32_t *)(p))
#define dot_group(p) vdupq_n_s32(*(const dot_int *)(p))
#define dot_bf16(sum, x, w)                                     \
  vreinterpretq_s32_f32(vbfdotq_f32(                            \
      vreinterpretq_f32_s32(sum), vreinterpretq_bf16_s32(x), vreinterpretq_bf16_s32(w)))
#define dot_int8(sum, x, w)                                     \
  vdotq_s32(sum, veorq_s8(vreinterpretq_s8_s32(x), vdupq_n_s8(-128)), vreinterpretq_s8_s32(w))
#define dot_store_bf16(p, v) vst1q_f32(p, vreinterpretq_f32_s32(v))
#define dot_store_int8(p, v) vst1q_f32(p, vcvtq_f32_s32(v))
#define matrix_multiply_bf16(sum, x, w)                         \
  vreinterpretq_s32_f32(vbfmmlaq_f32(                           \
      vreinterpretq_f32_s32(sum), vreinterpretq_bf16_s32(x), vreinterpretq_bf16_s32(w)))
#define matrix_multiply_int8(sum, x, w) vusmmlaq_s32(sum, vreinterpretq_u8_s32(x), vreinterpretq_s8_s32(w))
