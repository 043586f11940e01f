// What a processor can do at most, by loops that do nothing else: multiply-adds between registers, and reading memory in order.
// Measured against, never computed with. Plain C, no library calls, no allocation, thread-safe.
#ifndef MIST_LIMITS_H
#define MIST_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Factors of a multiply-add; sums are 32 bits wide.
typedef enum mist_limit {
  MIST_LIMIT_F32 = 0,
  MIST_LIMIT_BF16 = 1,
  MIST_LIMIT_INT8 = 2,
} mist_limit;

/// The instruction that `mist_limit_run` repeats, such as `vfmadd231ps, 512 bits`; NULL where this processor has none for
/// these factors.
const char *mist_limit_instruction(mist_limit limit);

/// What instruction is looked for, such as `vdpbf16ps`.
const char *mist_limit_wanted(mist_limit limit);

/// Multiply-adds of one step; 0 where there is no instruction.
size_t mist_limit_step(mist_limit limit);

/// Repeats the instruction on independent sums in registers, all factors 1, and returns the total of the sums, which is the
/// number of multiply-adds: `steps · mist_limit_step`. `steps`: at most 2²², so that no sum is rounded.
double mist_limit_run(mist_limit limit, size_t steps);

/// The sum, modulo 2⁶⁴, of `count` numbers, read in order.
uint64_t mist_limit_read(const uint64_t *x, size_t count);

#ifdef __cplusplus
}
#endif
#endif
