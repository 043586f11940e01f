// Tiles of 3 × 2 vectors, for what widening takes of the 16 registers. Bytes at even and at odd places are multiplied as 16-bit numbers,
// whose products `madd` sums in pairs.
#include <immintrin.h>

#define DOT_SET wide
#define DOT_LANES 8
#define DOT_ROWS 3
#define DOT_VECTORS 2
#define DOT_OFFSET 0
#define DOT_INT8 __attribute__((target("avx2,fma")))
#define dot_v __m256i
#define dot_zero() _mm256_setzero_si256()
#define dot_load(p) _mm256_loadu_si256((const __m256i *)(p))
#define dot_group(p) _mm256_set1_epi32(*(const dot_int *)(p))
#define dot_int8(sum, x, w)                                                                               \
  _mm256_add_epi32(                                                                                       \
      sum, _mm256_add_epi32(                                                                              \
               _mm256_madd_epi16(                                                                         \
                   _mm256_and_si256(x, _mm256_set1_epi16(0xff)), _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8)), \
               _mm256_madd_epi16(_mm256_srli_epi16(x, 8), _mm256_srai_epi16(w, 8))))
#define dot_store_int8(p, v) _mm256_storeu_ps(p, _mm256_cvtepi32_ps(v))
