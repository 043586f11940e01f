// Tiles of 2 × 4 vectors. Activations are −128…127 as for Arm's `sdot` (neon.h).
#include <wasm_simd128.h>

#define DOT_SET wide
#define DOT_LANES 4
#define DOT_ROWS 2
#define DOT_VECTORS 4
#define DOT_OFFSET 128
#define DOT_INT8
#define dot_v v128_t
#define dot_zero() wasm_i32x4_splat(0)
#define dot_load(p) wasm_v128_load(p)
#define dot_group(p) wasm_v128_load32_splat(p)
// Products of two columns at a time, whose four are summed in pairs, and the pairs.
static inline v128_t wide_wasm(v128_t sum, v128_t x, v128_t w) {
  const v128_t left = wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_extmul_low_i8x16(x, w));
  const v128_t right = wasm_i32x4_extadd_pairwise_i16x8(wasm_i16x8_extmul_high_i8x16(x, w));
  return wasm_i32x4_add(
      sum, wasm_i32x4_add(
               wasm_i32x4_shuffle(left, right, 0, 2, 4, 6), wasm_i32x4_shuffle(left, right, 1, 3, 5, 7)));
}
#define dot_int8(sum, x, w) wide_wasm(sum, wasm_v128_xor(x, wasm_i8x16_splat(-128)), w)
#define dot_store_int8(p, v) wasm_v128_store(p, wasm_f32x4_convert_i32x4(v))
