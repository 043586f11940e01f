// Tiles of 6 × 2 vectors. AVX-VNNI has integers alone.
#include <immintrin.h>

#define DOT_SET avx2
#define DOT_LANES 8
#define DOT_ROWS 6
#define DOT_VECTORS 2
#define DOT_INT8 __attribute__((target("avx2,fma,avxvnni")))
#define dot_v __m256i
#define dot_zero() _mm256_setzero_si256()
#define dot_load(p) _mm256_loadu_si256((const __m256i *)(p))
#define dot_group(p) _mm256_set1_epi32(*(const dot_int *)(p))
#define dot_int8(sum, x, w) _mm256_dpbusd_avx_epi32(sum, x, w)
#define dot_store_int8(p, v) _mm256_storeu_ps(p, _mm256_cvtepi32_ps(v))
