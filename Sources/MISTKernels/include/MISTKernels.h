// The few loops that Swift cannot vectorise for the processor it runs on: compiled for every instruction set the
// architecture may have, chosen at run time. Plain C, no library calls, no allocation, thread-safe.
//
// Every kernel comes three ways: `mist_x` runs the best set of this processor, `mist_x_on` the one it is told (which must
// be supported), and `mist_x_scalar` is the plain twin that tests compare with and that other architectures run.
#ifndef MIST_KERNELS_H
#define MIST_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

#include "MISTNarrow.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Instruction sets that kernels are compiled for.
typedef enum mist_isa {
  MIST_ISA_SCALAR = 0,
  MIST_ISA_NEON = 1,
  /// AVX2 with FMA.
  MIST_ISA_AVX2 = 2,
  /// AVX-512 F, BW, DQ and VL.
  MIST_ISA_AVX512 = 3,
  /// SIMD of WebAssembly, of 128 bits.
  MIST_ISA_WASM = 4,
} mist_isa;

/// The best set this processor and its operating system support. Detected once.
mist_isa mist_isa_best(void);
/// Whether kernels for `isa` may run here.
bool mist_isa_supported(mist_isa isa);
/// Such as `avx512`.
const char *mist_isa_name(mist_isa isa);

/// LayerNorm over rows of `width`: `out = (x − mean) / sqrt(var + epsilon) · gain + bias`, variance in a second pass.
/// `out` may be `x`.
void mist_layer_norm(
    const float *x, size_t rows, size_t width, const float *gain, const float *bias, float epsilon, float *out);
void mist_layer_norm_on(
    mist_isa isa, const float *x, size_t rows, size_t width, const float *gain, const float *bias, float epsilon,
    float *out);
void mist_layer_norm_scalar(
    const float *x, size_t rows, size_t width, const float *gain, const float *bias, float epsilon, float *out);

/// What a step of Adam multiplies with: what is kept of the two moments and what a gradient adds, what is kept of a parameter, the learning
/// rate and the factor of the second moment's root with their corrections for a young mean, and what is added to that root.
typedef struct mist_adam_factors {
  float beta1, new1, beta2, new2, keep, step, correction, epsilon;
} mist_adam_factors;

/// A step on `count` parameters: `m ← β₁m + new₁g`, `v ← β₂v + new₂g²`, `p ← keep·p − step·m / (√v·correction + ε)`. A value does not depend
/// on where among the others it stands.
void mist_adam(
    float *parameters, float *mean, float *square, const float *gradient, size_t count, const mist_adam_factors *f);
void mist_adam_on(
    mist_isa isa, float *parameters, float *mean, float *square, const float *gradient, size_t count,
    const mist_adam_factors *f);
void mist_adam_scalar(
    float *parameters, float *mean, float *square, const float *gradient, size_t count, const mist_adam_factors *f);

/// Halves, little-endian and perhaps unaligned, to floats: exact. Returns whether all of them are finite.
bool mist_halves(const void *halves, size_t count, float *out);
bool mist_halves_on(mist_isa isa, const void *halves, size_t count, float *out);
bool mist_halves_scalar(const void *halves, size_t count, float *out);

/// `sum[i] += x[i]`.
void mist_add(float *sum, const float *x, size_t count);
void mist_add_on(mist_isa isa, float *sum, const float *x, size_t count);
void mist_add_scalar(float *sum, const float *x, size_t count);

/// Softmax of `scale · x` over each row of `width` in place; rows are `stride` elements apart. A row that holds a NaN
/// becomes NaN.
void mist_softmax(float *x, size_t rows, size_t width, size_t stride, float scale);
void mist_softmax_on(mist_isa isa, float *x, size_t rows, size_t width, size_t stride, float scale);
void mist_softmax_scalar(float *x, size_t rows, size_t width, size_t stride, float scale);

/// `x[r, i] = gelu(x[r, i] + bias[i])` in place, GELU in its erf form (absolute error below 4e-7 for |x| up to 3).
void mist_bias_gelu(float *x, size_t rows, size_t width, const float *bias);
void mist_bias_gelu_on(mist_isa isa, float *x, size_t rows, size_t width, const float *bias);
void mist_bias_gelu_scalar(float *x, size_t rows, size_t width, const float *bias);

/// One row of a depthwise 3×3 convolution with padding 1, its bias, and GELU: `out[x, c] = gelu(bias[c] + Σ taps)`. `above`,
/// `here` and `below` are rows `[width, channels]` of the map, `above` and `below` NULL outside of it; `weights`
/// `[3, 3, channels]`; `out` `[width, channels]` must not overlap them.
void mist_depthwise_gelu(
    const float *above, const float *here, const float *below, size_t width, size_t channels, const float *weights,
    const float *bias, float *out);
void mist_depthwise_gelu_on(
    mist_isa isa, const float *above, const float *here, const float *below, size_t width, size_t channels,
    const float *weights, const float *bias, float *out);
void mist_depthwise_gelu_scalar(
    const float *above, const float *here, const float *below, size_t width, size_t channels, const float *weights,
    const float *bias, float *out);

/// `out[r, i] = silu(x[r, i]) · x[r, width + i]` for rows of `x` `[rows, 2·width]`, `out` `[rows, width]`.
void mist_swiglu(const float *x, size_t rows, size_t width, float *out);
void mist_swiglu_on(mist_isa isa, const float *x, size_t rows, size_t width, float *out);
void mist_swiglu_scalar(const float *x, size_t rows, size_t width, float *out);

/// `C ← alpha·op(A)·op(B) + beta·C`, row major, as BLAS's `sgemm`: op(A) is `[m, k]`, op(B) `[k, n]`, C `[m, n]`;
/// leading dimensions count elements between rows as stored. `beta = 0` never reads C. Uses 28 KiB of stack at most.
void mist_sgemm(
    bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
    const float *b, size_t ldb, float beta, float *c, size_t ldc);
void mist_sgemm_on(
    mist_isa isa, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
    size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);
void mist_sgemm_scalar(
    bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
    const float *b, size_t ldb, float beta, float *c, size_t ldc);

/// Floats that `mist_pack` writes for a W of `columns` × `depth`: whole panels, as wide as a product's register tile.
size_t mist_packed_count(size_t columns, size_t depth);
size_t mist_packed_count_on(mist_isa isa, size_t columns, size_t depth);

/// Packs W `[columns, depth]`, rows `apart` apart, in panels of `width` columns, a multiple of 4: each panel is `steps` ≥ depth rows of
/// `width` floats, one after another, zeros where W has nothing.
void mist_pack_panels(
    const float *w, size_t columns, size_t depth, size_t apart, size_t width, size_t steps, float *packed);
void mist_pack_panels_scalar(
    const float *w, size_t columns, size_t depth, size_t apart, size_t width, size_t steps, float *packed);

/// Packs W for `mist_product` on the same instruction set. Element (column, d) of W is `w[column · apart + d · step]`.
void mist_pack(const float *w, size_t columns, size_t depth, size_t apart, size_t step, float *packed);
void mist_pack_on(
    mist_isa isa, const float *w, size_t columns, size_t depth, size_t apart, size_t step, float *packed);

/// `y = x · Wᵀ + bias`, or that added to y when `add` is set: x `[rows, depth]` with rows `ldx` apart, W packed, bias
/// `[columns]` or NULL, y `[rows, columns]` with rows `ldy` apart.
void mist_product(
    const float *x, size_t ldx, size_t rows, size_t depth, const float *packed, size_t columns, const float *bias,
    bool add, float *y, size_t ldy);
void mist_product_on(
    mist_isa isa, const float *x, size_t ldx, size_t rows, size_t depth, const float *packed, size_t columns,
    const float *bias, bool add, float *y, size_t ldy);

/// Sums of integers of 0…255 and of their squares.
typedef struct mist_int8_moments {
  uint64_t sum, squares;
} mist_int8_moments;

/// Signed codes as 0…255, 128 more of each, and their moments.
mist_int8_moments mist_int8_codes(const int8_t *codes, size_t count, uint8_t *out);
mist_int8_moments mist_int8_codes_on(mist_isa isa, const int8_t *codes, size_t count, uint8_t *out);

/// Rows `[rows, width]` in integers as floats.
void mist_int8_expand(const uint8_t *x, size_t rows, size_t width, const mist_int8_row *steps, float *out);
void mist_int8_expand_scalar(
    const uint8_t *x, size_t rows, size_t width, const mist_int8_row *steps, float *out);

#ifdef __cplusplus
}
#endif
#endif
