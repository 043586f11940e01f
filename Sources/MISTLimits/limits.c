#include "MISTLimits.h"

// As many independent sums as hide an instruction's latency on every processor, and fit the registers beside the factors. The
// empty assembly hides values from the compiler, which would find equal sums equal and a product with one needless.
#define SUM_LOOP(name, target, vector, element, sums, hidden, zero, one, fma) \
  target static double name(size_t steps) { \
    vector sum[sums], x = one, y = one; \
    __asm__ volatile("" : hidden(x), hidden(y)); \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < sums; i++) { \
      sum[i] = zero; \
      __asm__ volatile("" : hidden(sum[i])); \
    } \
    for (size_t step = 0; step < steps; step++) { \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < sums; i++) sum[i] = fma(sum[i], x, y); \
    } \
    union { \
      vector vectors[sums]; \
      element elements[sums * sizeof(vector) / sizeof(element)]; \
    } out; \
    _Pragma("clang loop unroll(full)") for (int i = 0; i < sums; i++) out.vectors[i] = sum[i]; \
    double total = 0; \
    for (size_t i = 0; i < sizeof(out) / sizeof(element); i++) total += (double)out.elements[i]; \
    return total; \
  }

struct loop {
  const char *instruction;
  size_t step;
  double (*run)(size_t steps);
};

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET(features) __attribute__((target(features)))
#define HIDDEN(x) "+v"(x)
#define FMA(sum, x, y) _mm512_fmadd_ps(x, y, sum)
#define NARROW_FMA(sum, x, y) _mm256_fmadd_ps(x, y, sum)
#define DOT_BF16(sum, x, y) _mm512_dpbf16_ps(sum, (__m512bh)(x), (__m512bh)(y))
#define DOT_INT8(sum, x, y) _mm512_dpbusd_epi32(sum, (__m512i)(x), (__m512i)(y))

SUM_LOOP(f32_avx512, TARGET("avx512f"), __m512, float, 24, HIDDEN, _mm512_setzero_ps(), _mm512_set1_ps(1), FMA)
SUM_LOOP(f32_avx2, TARGET("avx2,fma"), __m256, float, 12, HIDDEN, _mm256_setzero_ps(), _mm256_set1_ps(1), NARROW_FMA)
// Ones in bfloat16 and in bytes, in vectors of the sums' type.
#define ONES_BF16 (__m512) _mm512_set1_epi16(0x3f80)
#define ONES_INT8 _mm512_set1_epi8(1)
SUM_LOOP(bf16_avx512, TARGET("avx512f,avx512bw,avx512bf16"), __m512, float, 24, HIDDEN, _mm512_setzero_ps(), ONES_BF16, DOT_BF16)
SUM_LOOP(
    int8_avx512, TARGET("avx512f,avx512bw,avx512vnni"), __m512i, int, 24, HIDDEN, _mm512_setzero_si512(), ONES_INT8, DOT_INT8)
SUM_LOOP(
    int8_avx2, TARGET("avx2,avxvnni"), __m256i, int, 12, HIDDEN, _mm256_setzero_si256(), _mm256_set1_epi8(1),
    _mm256_dpbusd_avx_epi32)

static const struct loop *find(mist_limit limit) {
  static const struct loop wide = {"vfmadd231ps, 512 bits", 24 * 16, f32_avx512};
  static const struct loop narrow = {"vfmadd231ps, 256 bits", 12 * 8, f32_avx2};
  static const struct loop bf16 = {"vdpbf16ps, 512 bits", 24 * 32, bf16_avx512};
  static const struct loop int8 = {"vpdpbusd, 512 bits", 24 * 64, int8_avx512};
  static const struct loop narrow_int8 = {"vpdpbusd, 256 bits", 12 * 32, int8_avx2};
  switch (limit) {
    case MIST_LIMIT_F32:
      if (__builtin_cpu_supports("avx512f")) return &wide;
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &narrow : NULL;
    case MIST_LIMIT_BF16: return __builtin_cpu_supports("avx512bf16") ? &bf16 : NULL;
    case MIST_LIMIT_INT8:
      if (__builtin_cpu_supports("avx512vnni")) return &int8;
      return __builtin_cpu_supports("avxvnni") ? &narrow_int8 : NULL;
  }
  return NULL;
}

const char *mist_limit_wanted(mist_limit limit) {
  switch (limit) {
    case MIST_LIMIT_BF16: return "vdpbf16ps";
    case MIST_LIMIT_INT8: return "vpdpbusd";
    default: return "vfmadd231ps";
  }
}
#elif defined(__aarch64__)
#include <arm_neon.h>

#define HIDDEN(x) "+w"(x)
#define FMA(sum, x, y) vfmaq_f32(sum, x, y)
SUM_LOOP(f32_neon, , float32x4_t, float, 24, HIDDEN, vdupq_n_f32(0), vdupq_n_f32(1), FMA)

static const struct loop *find(mist_limit limit) {
  static const struct loop neon = {"fmla, 128 bits", 24 * 4, f32_neon};
  return limit == MIST_LIMIT_F32 ? &neon : NULL;
}

// The suite has no products that use the other two.
const char *mist_limit_wanted(mist_limit limit) {
  switch (limit) {
    case MIST_LIMIT_BF16: return "bfdot";
    case MIST_LIMIT_INT8: return "usdot";
    default: return "fmla";
  }
}
#else
static const struct loop *find(mist_limit limit) { return (void)limit, NULL; }

const char *mist_limit_wanted(mist_limit limit) { return (void)limit, "vector multiply-add"; }
#endif

const char *mist_limit_instruction(mist_limit limit) {
  const struct loop *loop = find(limit);
  return loop ? loop->instruction : NULL;
}

size_t mist_limit_step(mist_limit limit) {
  const struct loop *loop = find(limit);
  return loop ? loop->step : 0;
}

double mist_limit_run(mist_limit limit, size_t steps) {
  const struct loop *loop = find(limit);
  return loop ? loop->run(steps) : 0;
}

uint64_t mist_limit_read(const uint64_t *x, size_t count) {
  uint64_t sum[8] = {0};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (size_t j = 0; j < 8; j++) sum[j] += x[i + j];
  }
  for (; i < count; i++) sum[0] += x[i];
  return sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
}
