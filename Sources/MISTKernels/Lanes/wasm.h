#include <wasm_simd128.h>

#ifndef MIST_WASM_HELPERS
#define MIST_WASM_HELPERS
#define WASM_INLINE static inline __attribute__((always_inline, unused))

WASM_INLINE v128_t wasm_load_part(const float *p, size_t n) {
  float lanes[4] = {0, 0, 0, 0};
  for (size_t i = 0; i < n; i++) lanes[i] = p[i];
  return wasm_v128_load(lanes);
}
WASM_INLINE void wasm_store_part(float *p, size_t n, v128_t v) {
  float lanes[4];
  wasm_v128_store(lanes, v);
  for (size_t i = 0; i < n; i++) p[i] = lanes[i];
}
WASM_INLINE float wasm_sum(v128_t v) {
  v = wasm_f32x4_add(v, wasm_i32x4_shuffle(v, v, 2, 3, 0, 1));
  return wasm_f32x4_extract_lane(v, 0) + wasm_f32x4_extract_lane(v, 1);
}
WASM_INLINE float wasm_greatest(v128_t v) {
  v = wasm_f32x4_max(v, wasm_i32x4_shuffle(v, v, 2, 3, 0, 1));
  v = wasm_f32x4_max(v, wasm_i32x4_shuffle(v, v, 1, 0, 3, 2));
  return wasm_f32x4_extract_lane(v, 0);
}
#endif

#define ISA(name) name##_wasm
#define TARGET
#define LANES 4
// Engines on x86 have 16 registers.
#define TILE_ROWS 6
#define vf v128_t
#define v_set(s) wasm_f32x4_splat(s)
#define v_load(p) wasm_v128_load(p)
#define v_store(p, v) wasm_v128_store(p, v)
#define v_load_part(p, n) wasm_load_part(p, n)
#define v_store_part(p, n, v) wasm_store_part(p, n, v)
// LANES bytes as floats.
#define v_load_bytes(p) \
  wasm_f32x4_convert_u32x4(wasm_u32x4_extend_low_u16x8(wasm_u16x8_extend_low_u8x16(wasm_v128_load32_zero(p))))
#define v_add(a, b) wasm_f32x4_add(a, b)
#define v_sub(a, b) wasm_f32x4_sub(a, b)
#define v_mul(a, b) wasm_f32x4_mul(a, b)
#define v_div(a, b) wasm_f32x4_div(a, b)
#define v_sqrt(a) wasm_f32x4_sqrt(a)
// Rounded twice: one rounding is an instruction that not every engine has.
#define v_fma(a, b, c) wasm_f32x4_add(wasm_f32x4_mul(a, b), c)
#define v_fnma(a, b, c) wasm_f32x4_sub(c, wasm_f32x4_mul(a, b))
// NaN where either operand is NaN.
#define v_max(a, b) wasm_f32x4_max(a, b)
#define v_abs(a) wasm_f32x4_abs(a)
#define v_copysign(a, b) wasm_v128_bitselect(b, a, wasm_i32x4_splat((int32_t)0x80000000))
#define v_exponent(a) wasm_i32x4_shl(a, 23)
#define v_sum(a) wasm_sum(a)
#define v_greatest(a) wasm_greatest(a)
