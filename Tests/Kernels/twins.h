// Kernels of every instruction set that the processor at hand, or an emulator, has, beside their plain twins. The twins are compared
// with double precision by the Swift tests of MISTKernels, on the machine that builds.
#ifndef TWINS_H
#define TWINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// `count` repeatable values in −1…1, from the heap.
float *noise(size_t count);
/// `count` floats of `value`.
float *filled(size_t count, float value);
/// `bytes` of room, each byte 0xAA.
void *room(size_t bytes);
/// Frees what the three above gave since the last call.
void release(void);

/// The greatest distance of two rows, each beside what a value of that size may differ by: at most 1 where all is well.
double beside(const float *found, const float *twin, size_t count, double absolute, double relative);
/// The same of bfloat16, which may also be rounded to a neighbour.
double beside_bf16(const uint16_t *found, const uint16_t *twin, size_t count, double absolute);

/// Notes how `kernel` of `set` stands to its twin at a shape.
void judge(const char *kernel, const char *set, double worst, size_t a, size_t b, size_t c);

/// Every kernel of floats.
void plain_kernels(void);
/// Every product of narrow elements, and the conversions around them.
void narrow_kernels(void);

#endif
