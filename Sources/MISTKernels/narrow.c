#include "Dots/dots.h"
#include "MISTKernels.h"

static inline float narrow_float(float x) { return x; }

// The step between the least and greatest of a row; what a distance from the least is multiplied by to count steps.
static inline __attribute__((always_inline)) float int8_step(
    mist_int8_row *row, float top, float bottom, float not_finite) {
  // `not_finite` is 0 or NaN.
  row->step = (top - bottom) / 255 + not_finite;
  row->lowest = bottom;
  return steps_per(row->step);
}

static inline __attribute__((always_inline)) uint8_t int8_of(float x, float bottom, float scale) {
  return (uint8_t)(int)(scale ? (x - bottom) * scale + 0.5f : 0);
}

static inline __attribute__((always_inline)) int int8_step_of(float x, float inverse) {
  return (int)(inverse ? x * inverse + (x < 0 ? -0.5f : 0.5f) : 0);
}

#define KERNELS "narrow.h"
#include "Lanes/each.h"

typedef void row_kernel(const void *row, size_t width, uint8_t *out, mist_int8_row *step);

#define INT8_ROW_SCALAR(name, type, load)                                                                \
  static void name(const void *row, size_t width, uint8_t *out, mist_int8_row *step) {                  \
    const type *x = row;                                                                                \
    float top = load(x[0]), bottom = top, not_finite = 0;                                               \
    for (size_t i = 0; i < width; i++) {                                                                \
      const float v = load(x[i]);                                                                       \
      top = v > top ? v : top;                                                                          \
      bottom = v < bottom ? v : bottom;                                                                 \
      not_finite += 0 * v;                                                                              \
    }                                                                                                   \
    const float scale = int8_step(step, top, bottom, not_finite);                                       \
    for (size_t i = 0; i < width; i++) out[i] = int8_of(load(x[i]), bottom, scale);                     \
  }
INT8_ROW_SCALAR(int8_row_scalar, float, narrow_float)
INT8_ROW_SCALAR(int8_row_bf16_scalar, uint16_t, bf16_to)
#undef INT8_ROW_SCALAR

static void rows_of(
    row_kernel *kernel, size_t size, const void *x, size_t rows, size_t width, size_t ldx, uint8_t *out, size_t ldo,
    mist_int8_row *steps) {
  const size_t padded = (width + 3) / 4 * 4;
  for (size_t row = 0; row < rows; row++, out += ldo) {
    kernel((const char *)x + row * ldx * size, width, out, steps + row);
    memset(out + width, 0, padded - width);
  }
}

// The variant for this processor, of functions that MIST_DISPATCH cannot call: they are passed on, or return a value.
#if defined(__x86_64__)
#define BEST(name)                                       \
  (mist_isa_best() == MIST_ISA_AVX512 ? name##_avx512    \
   : mist_isa_best() == MIST_ISA_AVX2 ? name##_avx2      \
                                      : name##_scalar)
#elif defined(__ARM_NEON)
#define BEST(name) name##_neon
#elif defined(__wasm_simd128__)
#define BEST(name) name##_wasm
#else
#define BEST(name) name##_scalar
#endif

void mist_int8_quantise(
    const float *x, size_t rows, size_t width, size_t ldx, uint8_t *out, size_t ldo, mist_int8_row *steps) {
  rows_of(BEST(int8_row), 4, x, rows, width, ldx, out, ldo, steps);
}

void mist_int8_quantise_scalar(
    const float *x, size_t rows, size_t width, size_t ldx, uint8_t *out, size_t ldo, mist_int8_row *steps) {
  rows_of(int8_row_scalar, 4, x, rows, width, ldx, out, ldo, steps);
}

void mist_int8_quantise_bf16(
    const uint16_t *x, size_t rows, size_t width, size_t ldx, uint8_t *out, size_t ldo, mist_int8_row *steps) {
  rows_of(BEST(int8_row_bf16), 2, x, rows, width, ldx, out, ldo, steps);
}

void mist_int8_quantise_bf16_scalar(
    const uint16_t *x, size_t rows, size_t width, size_t ldx, uint8_t *out, size_t ldo, mist_int8_row *steps) {
  rows_of(int8_row_bf16_scalar, 2, x, rows, width, ldx, out, ldo, steps);
}

void mist_bf16_round_scalar(const float *x, size_t count, uint16_t *out) {
  for (size_t i = 0; i < count; i++) out[i] = bf16_of(x[i]);
}

void mist_bf16_round(const float *x, size_t count, uint16_t *out) {
  MIST_DISPATCH(mist_isa_best(), bf16_round, x, count, out)
}

void mist_bf16_pairs_scalar(const float *x0, const float *x1, size_t count, uint32_t *out) {
  for (size_t i = 0; i < count; i++) out[i] = bf16_of(x0[i]) | (uint32_t)bf16_of(x1[i]) << 16;
}

void mist_bf16_pairs(const float *x0, const float *x1, size_t count, uint32_t *out) {
  MIST_DISPATCH(mist_isa_best(), bf16_pairs, x0, x1, count, out)
}

static __attribute__((unused)) float magnitude_scalar(const float *x, size_t count) {
  float top = 0, not_finite = 0;
  for (size_t i = 0; i < count; i++) {
    top = x[i] > top ? x[i] : -x[i] > top ? -x[i] : top;
    not_finite += 0 * x[i];
  }
  return top + not_finite;
}

float mist_magnitude(const float *x, size_t count) { return BEST(magnitude)(x, count); }

static __attribute__((unused)) int int8_steps_scalar(const float *x, size_t count, float inverse, int8_t *out) {
  int sum = 0;
  for (size_t i = 0; i < count; i++) sum += out[i] = (int8_t)int8_step_of(x[i], inverse);
  return sum;
}

int mist_int8_steps(const float *x, size_t count, float inverse, int8_t *out) {
  return BEST(int8_steps)(x, count, inverse, out);
}
