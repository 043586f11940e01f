#include <immintrin.h>

#define ISA(name) name##_avx512
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define LANES 16
// Rows of a matrix product's register tile: 8 × 2 accumulators of 32 registers.
#define TILE_ROWS 8
#define vf __m512
#define v_set(s) _mm512_set1_ps(s)
#define v_load(p) _mm512_loadu_ps(p)
#define v_store(p, v) _mm512_storeu_ps(p, v)
// The first n lanes (n < LANES); the rest are zero, or not written.
#define v_load_part(p, n) _mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1), p)
#define v_store_part(p, n, v) _mm512_mask_storeu_ps(p, (__mmask16)((1u << (n)) - 1), v)
// LANES halves as floats.
#define v_load_halves(p) _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(p)))
// LANES bytes as floats.
#define v_load_bytes(p) _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(p))))
#define v_add(a, b) _mm512_add_ps(a, b)
#define v_sub(a, b) _mm512_sub_ps(a, b)
#define v_mul(a, b) _mm512_mul_ps(a, b)
#define v_div(a, b) _mm512_div_ps(a, b)
#define v_sqrt(a) _mm512_sqrt_ps(a)
#define v_fma(a, b, c) _mm512_fmadd_ps(a, b, c)
#define v_fnma(a, b, c) _mm512_fnmadd_ps(a, b, c)
// The second operand where either is NaN.
#define v_max(a, b) _mm512_max_ps(a, b)
#define v_abs(a) _mm512_abs_ps(a)
// |a| with b's sign.
#define v_copysign(a, b) _mm512_or_ps(_mm512_abs_ps(a), _mm512_and_ps(b, _mm512_set1_ps(-0.0f)))
// The lowest nine bits moved up to sign and exponent.
#define v_exponent(a) _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a), 23))
#define v_sum(a) _mm512_reduce_add_ps(a)
#define v_greatest(a) _mm512_reduce_max_ps(a)
