#include "bfloat.h"

// Conversions to narrow elements. Loops whose order does not matter are left to the compiler, which vectorises them for TARGET: in parts
// of whole vectors, so that it does where it is to save space, too.
#ifndef NARROW_PART
#define NARROW_PART 16
#endif

TARGET static void ISA(bf16_round)(const float *x, size_t count, uint16_t *out) {
  for (size_t i = 0; i < count; i++) out[i] = bf16_of(x[i]);
}

// Two rows side by side: a group of each place.
TARGET static void ISA(bf16_pairs)(const float *x0, const float *x1, size_t count, uint32_t *out) {
  for (size_t i = 0; i < count; i++) out[i] = bf16_of(x0[i]) | (uint32_t)bf16_of(x1[i]) << 16;
}

// A row in integers between its least and greatest.
#define INT8_ROW(name, type, load_lanes, load)                                                          \
  TARGET static void ISA(name)(const void *row, size_t width, uint8_t *restrict out, mist_int8_row *step) {      \
    const type *x = row;                                                                                \
    const size_t full = width - width % LANES;                                                          \
    float top = load(x[0]), bottom = top, not_finite = 0;                                               \
    vf high = v_set(top), low = v_set(-top), bad = v_set(0);                                            \
    for (size_t i = 0; i < full; i += LANES) {                                                          \
      const vf v = load_lanes(x + i);                                                                   \
      high = v_max(high, v);                                                                            \
      low = v_max(low, v_sub(v_set(0), v));                                                             \
      bad = v_fma(v_set(0), v, bad);                                                                    \
    }                                                                                                   \
    if (full) top = v_greatest(high), bottom = -v_greatest(low), not_finite = v_sum(bad);               \
    for (size_t i = full; i < width; i++) {                                                             \
      const float v = load(x[i]);                                                                       \
      top = v > top ? v : top;                                                                          \
      bottom = v < bottom ? v : bottom;                                                                 \
      not_finite += 0 * v;                                                                              \
    }                                                                                                   \
    const float scale = int8_step(step, top, bottom, not_finite);                                       \
    const size_t parts = width - width % NARROW_PART;                                                   \
    for (size_t i = 0; i < parts; i += NARROW_PART) {                                                   \
      for (size_t j = 0; j < NARROW_PART; j++) out[i + j] = int8_of(load(x[i + j]), bottom, scale);     \
    }                                                                                                   \
    for (size_t i = parts; i < width; i++) out[i] = int8_of(load(x[i]), bottom, scale);                 \
  }
INT8_ROW(int8_row, float, v_load, narrow_float)
INT8_ROW(int8_row_bf16, uint16_t, ISA(load_bf16), bf16_to)
#undef INT8_ROW

// The greatest magnitude; NaN where one is not finite.
TARGET static float ISA(magnitude)(const float *x, size_t count) {
  const size_t full = count - count % LANES;
  vf top = v_set(0), bad = v_set(0);
  for (size_t i = 0; i < full; i += LANES) {
    const vf v = v_load(x + i);
    top = v_max(top, v_abs(v));
    bad = v_fma(v_set(0), v, bad);
  }
  float greatest = v_greatest(top), not_finite = v_sum(bad);
  for (size_t i = full; i < count; i++) {
    greatest = x[i] > greatest ? x[i] : -x[i] > greatest ? -x[i] : greatest;
    not_finite += 0 * x[i];
  }
  return greatest + not_finite;
}

// Whole steps to the nearest; returns their sum.
TARGET static int ISA(int8_steps)(const float *x, size_t count, float inverse, int8_t *restrict out) {
  const size_t parts = count - count % NARROW_PART;
  int sum = 0;
  for (size_t i = 0; i < parts; i += NARROW_PART) {
    for (size_t j = 0; j < NARROW_PART; j++) out[i + j] = (int8_t)int8_step_of(x[i + j], inverse);
    for (size_t j = 0; j < NARROW_PART; j++) sum += out[i + j];
  }
  for (size_t i = parts; i < count; i++) sum += out[i] = (int8_t)int8_step_of(x[i], inverse);
  return sum;
}
