// Products of bfloat16 and of integers beside their plain twins.
#include <math.h>
#include <string.h>

#include "MISTKernels.h"
#include "twins.h"

static const size_t shapes[][3] = {{1, 1, 1},  {1, 33, 7},  {2, 33, 7},  {3, 15, 12},  {4, 16, 2},    {5, 18, 301},
                                   {6, 17, 3}, {7, 31, 12}, {7, 48, 12}, {7, 63, 5},   {7, 65, 4},    {8, 80, 64},
                                   {13, 5, 9}, {50, 64, 64}, {64, 64, 197}, {11, 197, 64}, {25, 130, 768}};
static const mist_finish finishes[] = {MIST_STORE, MIST_ADD, MIST_STORE_BF16, MIST_GELU_BF16};

#define EACH(array) (size_t k = 0; k < sizeof(array) / sizeof *(array); k++)

/// Rows of bfloat16 `[rows, depth]`, `ldx` apart, zero behind `depth`.
static uint16_t *halves(const float *x, size_t rows, size_t depth, size_t ldx) {
  uint16_t *out = memset(room(rows * ldx * sizeof *out), 0, rows * ldx * sizeof *out);
  for (size_t r = 0; r < rows; r++) mist_bf16_round_scalar(x + r * depth, depth, out + r * ldx);
  return out;
}

/// Judges what a product and its twin wrote.
static void written(
    const char *kernel, const char *set, mist_finish finish, const void *found, const void *twin, size_t rows,
    size_t ldy, const size_t *shape) {
  const bool floats = finish == MIST_STORE || finish == MIST_ADD;
  // The GELU's own error is 2e-5 of what comes in.
  const double absolute = finish == MIST_GELU_BF16 ? 1e-3 : 1e-4;
  const double worst =
      floats ? beside(found, twin, rows * ldy, absolute, 1e-5) : beside_bf16(found, twin, rows * ldy, absolute);
  judge(kernel, set, worst, shape[0], shape[1], shape[2]);
}

static void bfloats(mist_dots set, const char *name, const size_t *shape) {
  const size_t rows = shape[0], n = shape[1], depth = shape[2], ldx = (depth + 1) / 2 * 2 + 2, ldy = n + 3;
  const float *w = noise(n * depth), *bias = noise(n), *totals = filled(rows, 1.5f);
  const uint16_t *x = halves(noise(rows * depth), rows, depth, ldx), *narrow = halves(w, n, depth, depth);
  const size_t bytes = mist_packed_bytes_on(set, MIST_BF16, n, depth);
  void *packed = room(bytes), *again = room(bytes);
  void *plain = room(mist_packed_bytes_on(MIST_DOTS_SCALAR, MIST_BF16, n, depth));
  mist_bf16_pack_on(set, w, n, depth, packed);
  mist_bf16_pack_on(MIST_DOTS_SCALAR, w, n, depth, plain);
  mist_bf16_repack_on(set, narrow, n, depth, depth, 1, again);
  judge("bf16_repack", name, memcmp(packed, again, bytes) ? 2 : 0, n, depth, 0);
  for EACH(finishes) {
    void *found = filled(rows * ldy, 0.5f), *twin = filled(rows * ldy, 0.5f);
    mist_bf16_product_on(set, x, ldx, rows, depth, packed, n, bias, finishes[k], found, ldy);
    mist_bf16_product_on(MIST_DOTS_SCALAR, x, ldx, rows, depth, plain, n, bias, finishes[k], twin, ldy);
    written("bf16_product", name, finishes[k], found, twin, rows, ldy, shape);
  }
  void *found = filled(rows * ldy, 0.5f), *twin = filled(rows * ldy, 0.5f);
  mist_bf16_weighted_on(set, x, ldx, totals, rows, depth, packed, n, found, ldy);
  mist_bf16_weighted_on(MIST_DOTS_SCALAR, x, ldx, totals, rows, depth, plain, n, twin, ldy);
  written("bf16_weighted", name, MIST_STORE_BF16, found, twin, rows, ldy, shape);
  release();
}

static void gemms(mist_dots set, const char *name, const size_t *shape) {
  const size_t m = shape[0], n = shape[1], k = shape[2];
  for (int way = 0; way < 4; way++) {
    const bool a = way & 1, b = way & 2;
    const size_t lda = (a ? m : k) + 3, ldb = (b ? k : n) + 2, ldc = n + 1;
    const float *x = noise((a ? k : m) * lda), *w = noise((b ? n : k) * ldb), beta = way == 3 ? 0 : 0.25f;
    float *found = filled(m * ldc, 3), *twin = filled(m * ldc, 3);
    mist_bf16_gemm_on(set, a, b, m, n, k, 0.5f, x, lda, w, ldb, beta, found, ldc);
    mist_bf16_gemm_on(MIST_DOTS_SCALAR, a, b, m, n, k, 0.5f, x, lda, w, ldb, beta, twin, ldc);
    judge("bf16_gemm", name, beside(found, twin, m * ldc, 1e-4, 1e-5), m, n, k);
    release();
  }
}

static void integers(mist_dots set, const char *name, const size_t *shape) {
  const size_t rows = shape[0], n = shape[1], depth = shape[2], ldx = (depth + 3) / 4 * 4 + 4, ldy = n + 3;
  const float *w = noise(n * depth), *bias = noise(n), *x = noise(rows * depth);
  uint8_t *q = memset(room(rows * ldx), 0, rows * ldx);
  mist_int8_row *steps = room(rows * sizeof *steps);
  mist_int8_quantise_scalar(x, rows, depth, depth, q, ldx, steps);
  void *packed = room(mist_packed_bytes_on(set, MIST_INT8, n, depth));
  void *plain = room(mist_packed_bytes_on(MIST_DOTS_SCALAR, MIST_INT8, n, depth));
  float *scales[2] = {noise(n), noise(n)}, *sums[2] = {noise(n), noise(n)};
  for (int i = 0; i < 2; i++) mist_int8_scales(w, n, depth, scales[i]);
  mist_int8_pack_on(set, w, n, depth, scales[0], packed, sums[0]);
  mist_int8_pack_on(MIST_DOTS_SCALAR, w, n, depth, scales[1], plain, sums[1]);
  for (size_t column = 0; column < n; column++) {
    float top = 0, sum = 0;
    for (size_t i = 0; i < depth; i++) top = fmaxf(top, fabsf(w[column * depth + i]));
    for (size_t i = 0; i < depth; i++) sum += top / 127 * roundf(w[column * depth + i] * 127 / top);
    // A weight that lies between two integers may become either.
    judge("int8_pack", name, beside(scales[0] + column, (float[]){top / 127}, 1, 1e-9, 1e-6), n, depth, column);
    judge("int8_pack", name, beside(sums[0] + column, &sum, 1, 1.1 * top / 127, 1e-5), n, depth, column);
  }
  for EACH(finishes) {
    void *found = filled(rows * ldy, 0.5f), *twin = filled(rows * ldy, 0.5f);
    mist_int8_product_on(
        set, q, ldx, steps, rows, depth, packed, scales[0], sums[0], n, bias, finishes[k], found, ldy);
    mist_int8_product_on(
        MIST_DOTS_SCALAR, q, ldx, steps, rows, depth, plain, scales[1], sums[1], n, bias, finishes[k], twin, ldy);
    written("int8_product", name, finishes[k], found, twin, rows, ldy, shape);
  }
  release();
}

/// What has no set of its own: the best of this processor beside the twin.
static void conversions(const char *name, size_t n) {
  const size_t ldo = (n + 3) / 4 * 4 + 4;
  const float *x = noise(2 * (n + 1));
  uint16_t *rounded = room(2 * n * 2), *plain = room(2 * n * 2);
  mist_bf16_round(x, 2 * n, rounded);
  mist_bf16_round_scalar(x, 2 * n, plain);
  judge("bf16_round", name, memcmp(rounded, plain, 2 * n * 2) ? 2 : 0, n, 0, 0);
  mist_bf16_pairs(x, x + n, n, (uint32_t *)rounded);
  mist_bf16_pairs_scalar(x, x + n, n, (uint32_t *)plain);
  judge("bf16_pairs", name, memcmp(rounded, plain, 2 * n * 2) ? 2 : 0, n, 0, 0);

  uint16_t *found = room(2 * ldo * 2), *twin = room(2 * ldo * 2);
  float *totals = filled(4, -7);
  mist_exponentials_bf16(x, 2, n, n + 1, 3, found, ldo, totals);
  mist_exponentials_bf16_scalar(x, 2, n, n + 1, 3, twin, ldo, totals + 2);
  for (size_t r = 0; r < 2; r++)
    judge("exponentials_bf16", name, beside_bf16(found + r * ldo, twin + r * ldo, n, 1e-36), n, r, 0);
  judge("exponentials_bf16", name, beside(totals, totals + 2, 2, 0, 1e-5), n, 2, 0);

  for (int narrow = 0; narrow < 2; narrow++) {
    uint8_t *q[2] = {room(2 * ldo), room(2 * ldo)};
    mist_int8_row steps[4];
    if (narrow) {
      mist_int8_quantise_bf16(rounded, 2, n, n, q[0], ldo, steps);
      mist_int8_quantise_bf16_scalar(rounded, 2, n, n, q[1], ldo, steps + 2);
    } else {
      mist_int8_quantise(x, 2, n, n, q[0], ldo, steps);
      mist_int8_quantise_scalar(x, 2, n, n, q[1], ldo, steps + 2);
    }
    // A value that lies between two integers may become either.
    double worst = beside(&steps[0].step, &steps[2].step, 4, 1e-7, 1e-6);
    for (size_t i = 0; i < 2 * ldo; i++) {
      const int apart = q[0][i] - q[1][i];
      if (apart > 1 || apart < -1) worst = 2;
    }
    judge("int8_quantise", name, worst, n, (size_t)narrow, 0);
  }

  uint8_t *q[2] = {room(2 * ldo), room(2 * ldo)};
  for (size_t i = 0; i < n; i++) ((int8_t *)rounded)[i] = (int8_t)(i * 37 % 256);
  const mist_int8_moments moments[2] = {
      mist_int8_codes((const int8_t *)rounded, n, q[0]),
      mist_int8_codes_on(MIST_ISA_SCALAR, (const int8_t *)rounded, n, q[1])};
  const bool same = memcmp(q[0], q[1], n) == 0 && moments[0].sum == moments[1].sum && moments[0].squares == moments[1].squares;
  judge("int8_codes", name, same && q[1][0] == 128 ? 0 : 2, n, 0, 0);
  const mist_int8_row row = {0.25f, -7};
  float *floats = room(2 * n * sizeof *floats);
  mist_int8_expand(q[0], 1, n, &row, floats);
  mist_int8_expand_scalar(q[0], 1, n, &row, floats + n);
  judge("int8_expand", name, beside(floats, floats + n, n, 0, 1e-6), n, 0, 0);
  release();
}

void narrow_kernels(void) {
  static const mist_dots sets[] = {MIST_DOTS_WIDE, MIST_DOTS_NEON, MIST_DOTS_AVX2, MIST_DOTS_AVX512, MIST_DOTS_MATRIX, MIST_DOTS_AMX};
  for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
    for EACH(shapes) {
      if (mist_dots_supported(sets[s], MIST_BF16)) {
        bfloats(sets[s], mist_dots_name(sets[s], MIST_BF16), shapes[k]);
        gemms(sets[s], mist_dots_name(sets[s], MIST_BF16), shapes[k]);
      }
      if (mist_dots_supported(sets[s], MIST_INT8)) integers(sets[s], mist_dots_name(sets[s], MIST_INT8), shapes[k]);
    }
  }
  if (mist_isa_best() == MIST_ISA_SCALAR) return;
  for (size_t n = 1; n < 70; n++) conversions(mist_isa_name(mist_isa_best()), n);
  // More than one part of the sums.
  conversions(mist_isa_name(mist_isa_best()), 10007);
}
