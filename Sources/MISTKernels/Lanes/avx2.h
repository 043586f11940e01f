#include <immintrin.h>

#ifndef MIST_AVX2_HELPERS
#define MIST_AVX2_HELPERS
#define AVX2_INLINE \
  static inline __attribute__((always_inline, unused, target("avx2,fma,f16c")))

AVX2_INLINE __m256i avx2_first(size_t n) {
  static const int bits[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
  return _mm256_loadu_si256((const __m256i *)(bits + 8 - n));
}
AVX2_INLINE float avx2_sum(__m256 v) {
  __m128 q = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  q = _mm_add_ps(q, _mm_movehl_ps(q, q));
  return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}
AVX2_INLINE float avx2_greatest(__m256 v) {
  __m128 q = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  q = _mm_max_ps(q, _mm_movehl_ps(q, q));
  return _mm_cvtss_f32(_mm_max_ss(q, _mm_movehdup_ps(q)));
}
#endif

#define ISA(name) name##_avx2
#define TARGET __attribute__((target("avx2,fma,f16c")))
#define LANES 8
// 6 × 2 accumulators, two of B and one of A fill the 16 registers.
#define TILE_ROWS 6
#define vf __m256
#define v_set(s) _mm256_set1_ps(s)
#define v_load(p) _mm256_loadu_ps(p)
#define v_store(p, v) _mm256_storeu_ps(p, v)
#define v_load_part(p, n) _mm256_maskload_ps(p, avx2_first(n))
#define v_store_part(p, n, v) _mm256_maskstore_ps(p, avx2_first(n), v)
// LANES halves as floats.
#define v_load_halves(p) _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p)))
// LANES bytes as floats.
#define v_load_bytes(p) _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(p))))
#define v_add(a, b) _mm256_add_ps(a, b)
#define v_sub(a, b) _mm256_sub_ps(a, b)
#define v_mul(a, b) _mm256_mul_ps(a, b)
#define v_div(a, b) _mm256_div_ps(a, b)
#define v_sqrt(a) _mm256_sqrt_ps(a)
#define v_fma(a, b, c) _mm256_fmadd_ps(a, b, c)
#define v_fnma(a, b, c) _mm256_fnmadd_ps(a, b, c)
#define v_max(a, b) _mm256_max_ps(a, b)
#define v_abs(a) _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a)
#define v_copysign(a, b) _mm256_or_ps(v_abs(a), _mm256_and_ps(b, _mm256_set1_ps(-0.0f)))
#define v_exponent(a) _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a), 23))
#define v_sum(a) avx2_sum(a)
#define v_greatest(a) avx2_greatest(a)
