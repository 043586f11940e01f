// Matrix products of elements narrower than a float, and the conversions around them. As in MISTKernels.h every kernel comes for
// the best instructions of this processor, for those it is told, and as a plain twin.
//
// Both kinds of product work on groups of four bytes: two bfloat16 or four integers that lie side by side along the depth, which
// one instruction multiplies by as many weights and sums.
#ifndef MIST_NARROW_H
#define MIST_NARROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Elements of a narrow product.
typedef enum mist_narrow {
  /// The upper half of a float; sums are floats.
  MIST_BF16 = 0,
  /// Activations of 0…255, weights of −127…127; sums are exact 32-bit integers.
  MIST_INT8 = 1,
} mist_narrow;

/// Instructions that multiply and sum groups.
typedef enum mist_dots {
  MIST_DOTS_SCALAR = 0,
  /// Vectors without such instructions (AVX2, NEON, wasm SIMD), for integers alone: widened to 16 bits and multiplied, about as fast as
  /// floats.
  MIST_DOTS_WIDE = 1,
  /// Arm's bf16 extension, and its dotprod for integers.
  MIST_DOTS_NEON = 2,
  /// AVX-VNNI, for integers alone.
  MIST_DOTS_AVX2 = 3,
  /// AVX512-BF16, AVX512-VNNI.
  MIST_DOTS_AVX512 = 4,
  /// Arm's matrix products: i8mm, and those of the bf16 extension.
  MIST_DOTS_MATRIX = 5,
  /// AMX-BF16, AMX-INT8, in panels as AVX-512's.
  MIST_DOTS_AMX = 6,
} mist_dots;

/// The fastest set that this processor has for `type`; `MIST_DOTS_SCALAR` where it has none. Detected once.
mist_dots mist_dots_best(mist_narrow type);
/// Whether products of `type` may run on `set` here.
bool mist_dots_supported(mist_dots set, mist_narrow type);
/// Such as `avx512-bf16`.
const char *mist_dots_name(mist_dots set, mist_narrow type);

/// What becomes of a sum on its way to memory, after its scale and bias.
typedef enum mist_finish {
  /// A float.
  MIST_STORE = 0,
  /// Added to the float that is there.
  MIST_ADD = 1,
  /// Rounded to bfloat16.
  MIST_STORE_BF16 = 2,
  /// GELU of it, rounded to bfloat16.
  MIST_GELU_BF16 = 3,
} mist_finish;

/// Floats to bfloat16, to the nearest, ties to even.
void mist_bf16_round(const float *x, size_t count, uint16_t *out);
void mist_bf16_round_scalar(const float *x, size_t count, uint16_t *out);

/// Two rows of floats, rounded, side by side: groups of one value of each.
void mist_bf16_pairs(const float *x0, const float *x1, size_t count, uint32_t *out);
void mist_bf16_pairs_scalar(const float *x0, const float *x1, size_t count, uint32_t *out);

/// Bytes of W `[columns, depth]` packed for `mist_dots_best`: whole groups, panels as wide as a register tile.
size_t mist_packed_bytes(mist_narrow type, size_t columns, size_t depth);
size_t mist_packed_bytes_on(mist_dots set, mist_narrow type, size_t columns, size_t depth);

/// How W is packed for `mist_dots_best`: columns of a whole panel; columns that the last panel is rounded up to.
size_t mist_packed_panel(mist_narrow type);
size_t mist_packed_unit(mist_narrow type);

/// Packs W, given as floats `[columns, depth]`, rounded to bfloat16.
void mist_bf16_pack(const float *w, size_t columns, size_t depth, void *packed);
void mist_bf16_pack_on(mist_dots set, const float *w, size_t columns, size_t depth, void *packed);

/// Packs a W of bfloat16 whose element (column, d) is `w[column · apart + d · step]`, where apart or step is 1.
void mist_bf16_repack(const uint16_t *w, size_t columns, size_t depth, size_t apart, size_t step, void *packed);
void mist_bf16_repack_on(
    mist_dots set, const uint16_t *w, size_t columns, size_t depth, size_t apart, size_t step, void *packed);

/// `y = finish(x · Wᵀ + bias)`: x `[rows, depth]` of bfloat16, rows `ldx` elements apart and zero up to a whole group; W packed; bias
/// `[columns]` or NULL; y `[rows, columns]`, rows `ldy` elements apart.
void mist_bf16_product(
    const uint16_t *x, size_t ldx, size_t rows, size_t depth, const void *packed, size_t columns, const float *bias,
    mist_finish finish, void *y, size_t ldy);
void mist_bf16_product_on(
    mist_dots set, const uint16_t *x, size_t ldx, size_t rows, size_t depth, const void *packed, size_t columns,
    const float *bias, mist_finish finish, void *y, size_t ldy);

/// The most steps of depth that `mist_bf16_product_of_floats` takes.
#define MIST_BF16_DEPTH (1 << 17)

/// As `mist_bf16_product` of x `[rows, depth]` in floats, `ldx` apart, which are rounded; y is stored or, if `adding`, added to.
void mist_bf16_product_of_floats(
    const float *x, size_t ldx, size_t rows, size_t depth, const void *packed, size_t columns, bool adding, float *y,
    size_t ldy);

/// `C ← α·op(A)·op(B) + β·C` as `mist_sgemm`, of operands rounded to bfloat16; sums are floats. Every thread keeps half a MiB for it.
void mist_bf16_gemm(
    bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
    const float *b, size_t ldb, float beta, float *c, size_t ldc);
void mist_bf16_gemm_on(
    mist_dots set, bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha, const float *a,
    size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc);

/// exp(scale · x − the row's greatest) of rows of `width`, `stride` apart, rounded to bfloat16 in rows `ldo` apart, and each row's sum
/// before rounding: a softmax but for the division. A row that holds a NaN becomes NaN.
void mist_exponentials_bf16(
    const float *x, size_t rows, size_t width, size_t stride, float scale, uint16_t *out, size_t ldo, float *totals);
void mist_exponentials_bf16_scalar(
    const float *x, size_t rows, size_t width, size_t stride, float scale, uint16_t *out, size_t ldo, float *totals);

/// `y = x · Wᵀ / totals`, row by row, rounded to bfloat16: the sums of values that such a softmax weighs. As `mist_bf16_product`.
void mist_bf16_weighted(
    const uint16_t *x, size_t ldx, const float *totals, size_t rows, size_t depth, const void *packed, size_t columns,
    uint16_t *y, size_t ldy);
void mist_bf16_weighted_on(
    mist_dots set, const uint16_t *x, size_t ldx, const float *totals, size_t rows, size_t depth, const void *packed,
    size_t columns, uint16_t *y, size_t ldy);

/// A row of activations in integers: x ≈ lowest + step · q, q of 0…255.
typedef struct mist_int8_row {
  float step, lowest;
} mist_int8_row;

/// Rows `[rows, width]` of floats, or of bfloat16, in integers between each row's least and greatest. `out` has rows `ldo` bytes
/// apart; what lies behind `width` up to a whole group becomes zero. A row that holds a NaN or an infinity gets a step of NaN.
void mist_int8_quantise(
    const float *x, size_t rows, size_t width, size_t ldx, uint8_t *out, size_t ldo, mist_int8_row *steps);
void mist_int8_quantise_scalar(
    const float *x, size_t rows, size_t width, size_t ldx, uint8_t *out, size_t ldo, mist_int8_row *steps);
void mist_int8_quantise_bf16(
    const uint16_t *x, size_t rows, size_t width, size_t ldx, uint8_t *out, size_t ldo, mist_int8_row *steps);
void mist_int8_quantise_bf16_scalar(
    const uint16_t *x, size_t rows, size_t width, size_t ldx, uint8_t *out, size_t ldo, mist_int8_row *steps);

/// The scales `[columns]` by which the columns of W, floats `[columns, depth]`, fill −127…127.
void mist_int8_scales(const float *w, size_t columns, size_t depth, float *scales);

/// Packs W in integers of its columns' `scales`; `sums` gets scale · Σ q of every column.
void mist_int8_pack(const float *w, size_t columns, size_t depth, const float *scales, void *packed, float *sums);
void mist_int8_pack_on(
    mist_dots set, const float *w, size_t columns, size_t depth, const float *scales, void *packed, float *sums);

/// As `mist_bf16_product`, of x quantised by rows and W by columns.
void mist_int8_product(
    const uint8_t *x, size_t ldx, const mist_int8_row *steps, size_t rows, size_t depth, const void *packed,
    const float *scales, const float *sums, size_t columns, const float *bias, mist_finish finish, void *y, size_t ldy);
void mist_int8_product_on(
    mist_dots set, const uint8_t *x, size_t ldx, const mist_int8_row *steps, size_t rows, size_t depth,
    const void *packed, const float *scales, const float *sums, size_t columns, const float *bias, mist_finish finish,
    void *y, size_t ldy);

#ifdef __cplusplus
}
#endif
#endif
