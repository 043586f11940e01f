// Tiles of 6 × 4 vectors: 24 sums, four of weights and one of activations of 32 registers.
#include <immintrin.h>

#define DOT_SET avx512
#define DOT_LANES 16
#define DOT_ROWS 6
#define DOT_VECTORS 4
#define DOT_BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))
#define DOT_INT8 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))
#define dot_v __m512i
#define dot_zero() _mm512_setzero_si512()
#define dot_load(p) _mm512_loadu_si512(p)
#define dot_group(p) _mm512_set1_epi32(*(const dot_int *)(p))
#define dot_bf16(sum, x, w) (__m512i) _mm512_dpbf16_ps((__m512)(sum), (__m512bh)(x), (__m512bh)(w))
#define dot_int8(sum, x, w) _mm512_dpbusd_epi32(sum, x, w)
#define dot_store_bf16(p, v) _mm512_storeu_ps(p, (__m512)(v))
#define dot_store_int8(p, v) _mm512_storeu_ps(p, _mm512_cvtepi32_ps(v))
