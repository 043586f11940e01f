// Prints a line per kernel and instruction set; ends with 1 where one differs from its twin. Tests/Kernels/run.sh builds it for a
// target and runs it there.
#include "twins.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "MISTKernels.h"

enum { MOST_ROOMS = 64, MOST_LINES = 128 };

static void *rooms[MOST_ROOMS];
static size_t taken;

void *room(size_t bytes) {
  void *memory = malloc(bytes ? bytes : 1);
  if (!memory || taken == MOST_ROOMS) abort();
  memset(memory, 0xAA, bytes);
  return rooms[taken++] = memory;
}

float *noise(size_t count) {
  static uint64_t state = 0x9E3779B97F4A7C15u;
  float *values = room(count * sizeof(float));
  for (size_t i = 0; i < count; i++) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    values[i] = (float)((int64_t)state >> 40) / (float)(1 << 23);
  }
  return values;
}

float *filled(size_t count, float value) {
  float *values = room(count * sizeof(float));
  for (size_t i = 0; i < count; i++) values[i] = value;
  return values;
}

void release(void) {
  while (taken) free(rooms[--taken]);
}

double beside(const float *found, const float *twin, size_t count, double absolute, double relative) {
  double worst = 0;
  for (size_t i = 0; i < count; i++) {
    if (found[i] == twin[i] || (isnan(twin[i]) && isnan(found[i]))) continue;
    const double apart = fabs((double)found[i] - twin[i]) / (absolute + relative * fabs((double)twin[i]));
    // A NaN is no smaller than anything.
    if (!(apart <= worst)) worst = isnan(apart) ? INFINITY : apart;
  }
  return worst;
}

double beside_bf16(const uint16_t *found, const uint16_t *twin, size_t count, double absolute) {
  double worst = 0;
  for (size_t i = 0; i < count; i++) {
    const uint32_t bits[2] = {(uint32_t)found[i] << 16, (uint32_t)twin[i] << 16};
    float values[2];
    memcpy(values, bits, sizeof values);
    const double apart = beside(values, values + 1, 1, absolute, 0x1p-7);
    if (apart > worst) worst = apart;
  }
  return worst;
}

static struct line {
  const char *kernel, *set;
  double worst;
  size_t a, b, c, shapes;
} lines[MOST_LINES];
static size_t told;

void judge(const char *kernel, const char *set, double worst, size_t a, size_t b, size_t c) {
  size_t i = 0;
  while (i < told && (strcmp(lines[i].kernel, kernel) || strcmp(lines[i].set, set))) i++;
  if (i == MOST_LINES) abort();
  if (i == told) lines[told++] = (struct line){kernel, set, -1, 0, 0, 0, 0};
  lines[i].shapes++;
  if (worst > lines[i].worst) {
    const size_t shapes = lines[i].shapes;
    lines[i] = (struct line){lines[i].kernel, lines[i].set, worst, a, b, c, shapes};
  }
}

int main(void) {
  plain_kernels();
  narrow_kernels();
  size_t wrong = 0, fast = 0;
  for (size_t i = 0; i < told; i++) {
    const struct line *l = &lines[i];
    const bool bad = !(l->worst <= 1);
    wrong += bad;
    fast += strcmp(l->set, "scalar") != 0;
    printf(
        "%-7s %-20s %-12s %3zu shapes, %.2f of what it may differ by, at %zu x %zu x %zu\n", bad ? "DIFFERS" : "ok",
        l->kernel, l->set, l->shapes, l->worst, l->a, l->b, l->c);
  }
  printf(
      "kernels: %zu beside their twins, %zu of them with vectors (%s, bf16 by %s, int8 by %s), %zu differ\n", told, fast,
      mist_isa_name(mist_isa_best()), mist_dots_name(mist_dots_best(MIST_BF16), MIST_BF16),
      mist_dots_name(mist_dots_best(MIST_INT8), MIST_INT8), wrong);
  return wrong || !told;
}
