#ifndef MIST_TRANSPOSE_H
#define MIST_TRANSPOSE_H
#include <stddef.h>

// Every compiler that is used has these vectors, whatever the processor's.
typedef float quad __attribute__((vector_size(16), aligned(4)));

// `columns` ≤ `width` rows of `depth` floats, `ldb` apart, become `depth` rows of `width`, padded with zeros: transposed in blocks of
// 4 × 4.
static __attribute__((noinline, unused)) void pack_transposed(
    float *panel, size_t width, const float *b, size_t ldb, size_t columns, size_t depth) {
  size_t j = 0;
  for (; j + 4 <= columns; j += 4, b += 4 * ldb) {
    size_t p = 0;
    for (; p + 4 <= depth; p += 4) {
      const quad r0 = *(const quad *)(b + p), r1 = *(const quad *)(b + ldb + p);
      const quad r2 = *(const quad *)(b + 2 * ldb + p), r3 = *(const quad *)(b + 3 * ldb + p);
      const quad t0 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5), t1 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
      const quad t2 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7), t3 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
      float *to = panel + p * width + j;
      *(quad *)to = __builtin_shufflevector(t0, t1, 0, 1, 4, 5);
      *(quad *)(to + width) = __builtin_shufflevector(t0, t1, 2, 3, 6, 7);
      *(quad *)(to + 2 * width) = __builtin_shufflevector(t2, t3, 0, 1, 4, 5);
      *(quad *)(to + 3 * width) = __builtin_shufflevector(t2, t3, 2, 3, 6, 7);
    }
    for (; p < depth; p++) {
      for (size_t i = 0; i < 4; i++) panel[p * width + j + i] = b[i * ldb + p];
    }
  }
  for (; j < columns; j++, b += ldb) {
    for (size_t p = 0; p < depth; p++) panel[p * width + j] = b[p];
  }
  for (; j < width; j++) {
    for (size_t p = 0; p < depth; p++) panel[p * width + j] = 0;
  }
}
#endif
