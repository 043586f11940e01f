// Kernels of floats beside their plain twins.
#include <string.h>

#include "MISTKernels.h"
#include "twins.h"

static const size_t widths[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 64, 65, 96, 127, 384, 768};
static const size_t shapes[][3] = {{1, 1, 1},   {1, 33, 7},  {2, 33, 7},   {3, 5, 2},      {4, 17, 64},   {5, 18, 301},
                                   {6, 32, 12}, {7, 31, 12}, {8, 16, 320}, {9, 15, 321},   {11, 197, 64}, {13, 48, 700},
                                   {16, 64, 5}, {17, 4, 9},  {50, 64, 64}, {197, 32, 384}, {32, 197, 32}, {300, 40, 320}};

#define EACH(array) (size_t k = 0; k < sizeof(array) / sizeof *(array); k++)

static void *copy(const void *from, size_t bytes) { return memcpy(room(bytes), from, bytes); }

static void rows_kernels(mist_isa isa, const char *set, size_t n) {
  const size_t stride = n + 3;
  const float *x = noise(4 * stride), *gain = noise(n), *bias = noise(n);
  float *found = filled(2 * stride, -7), *twin = filled(2 * stride, -7);
  mist_layer_norm_on(isa, x, 2, n, gain, bias, 1e-5f, found);
  mist_layer_norm_scalar(x, 2, n, gain, bias, 1e-5f, twin);
  judge("layer_norm", set, beside(found, twin, 2 * stride, 2e-5, 2e-5), 2, n, 0);

  const float scales[] = {0.125f, 30, -2};
  for EACH(scales) {
    found = copy(x, 2 * stride * sizeof(float)), twin = copy(x, 2 * stride * sizeof(float));
    if (k == 2) found[n / 2] = twin[n / 2] = __builtin_nanf("");
    mist_softmax_on(isa, found, 2, n, stride, scales[k]);
    mist_softmax_scalar(twin, 2, n, stride, scales[k]);
    judge("softmax", set, beside(found, twin, 2 * stride, 1e-36, 4e-5), 2, n, k);
  }

  found = copy(x, 2 * n * sizeof(float)), twin = copy(x, 2 * n * sizeof(float));
  for (size_t i = 0; i < 2 * n; i++) found[i] = twin[i] = 8 * x[i];
  mist_bias_gelu_on(isa, found, 2, n, bias);
  mist_bias_gelu_scalar(twin, 2, n, bias);
  judge("bias_gelu", set, beside(found, twin, 2 * n, 4e-6, 0), 2, n, 0);

  found = filled(2 * n + 1, -7), twin = filled(2 * n + 1, -7);
  mist_swiglu_on(isa, x, 2, n, found);
  mist_swiglu_scalar(x, 2, n, twin);
  judge("swiglu", set, beside(found, twin, 2 * n + 1, 1e-6, 1e-6), 2, n, 0);

  found = copy(x, n * sizeof(float)), twin = copy(x, n * sizeof(float));
  mist_add_on(isa, found, bias, n);
  mist_add_scalar(twin, bias, n);
  judge("add", set, memcmp(found, twin, n * sizeof(float)) ? 2 : 0, n, 0, 0);
  release();
}

static void moments(mist_isa isa, const char *set, size_t n) {
  const mist_adam_factors factors = {0.9f, 0.1f, 0.999f, 0.001f, 0.95f, 0.02f, 3, 1e-8f};
  const float *p = noise(n), *g = noise(n), *m = noise(n);
  float *v = noise(n), *found[3], *twin[3];
  for (size_t i = 0; i < n; i++) v[i] = i % 5 ? v[i] * v[i] : 0;
  const float *starts[] = {p, m, v};
  for EACH(starts) found[k] = copy(starts[k], n * sizeof(float)), twin[k] = copy(starts[k], n * sizeof(float));
  mist_adam_on(isa, found[0], found[1], found[2], g, n, &factors);
  mist_adam_scalar(twin[0], twin[1], twin[2], g, n, &factors);
  for EACH(starts) judge("adam", set, beside(found[k], twin[k], n, 2e-6, 2e-6), n, k, 0);
  release();
}

static void halves(mist_isa isa, const char *set) {
  // Every half, at an odd address, and what is not finite at every place of a tail.
  uint8_t *bytes = room(2 * 65536 + 1);
  for (size_t i = 0; i < 65536; i++) bytes[1 + 2 * i] = (uint8_t)i, bytes[2 + 2 * i] = (uint8_t)(i >> 8);
  float *found = filled(65537, 7), *twin = filled(65537, 7);
  const bool same = mist_halves_on(isa, bytes + 1, 65536, found) == mist_halves_scalar(bytes + 1, 65536, twin);
  judge("halves", set, same ? beside(found, twin, 65537, 0, 1e-30) : 2, 65536, 0, 0);
  for (size_t n = 1; n <= 40; n++) {
    for (size_t place = 0; place < n; place++) {
      uint16_t few[40] = {0};
      few[place] = place % 2 ? 0x7e00 : 0xfc00;
      judge("halves", set, mist_halves_on(isa, few, n, found) ? 2 : 0, n, place, 0);
    }
  }
  release();
}

static void depthwise(mist_isa isa, const char *set) {
  static const size_t maps[][2] = {{1, 1}, {1, 9}, {2, 16}, {3, 7}, {5, 33}, {4, 300}, {6, 512}};
  for EACH(maps) {
    const size_t width = maps[k][0], channels = maps[k][1], count = width * channels;
    const float *rows[3] = {noise(count), noise(count), noise(count)}, *w = noise(9 * channels), *bias = noise(channels);
    for (int edges = 0; edges < 4; edges++) {
      const float *above = edges & 1 ? rows[0] : NULL, *below = edges & 2 ? rows[2] : NULL;
      float *found = filled(count + 1, -7), *twin = filled(count + 1, -7);
      mist_depthwise_gelu_on(isa, above, rows[1], below, width, channels, w, bias, found);
      mist_depthwise_gelu_scalar(above, rows[1], below, width, channels, w, bias, twin);
      judge("depthwise_gelu", set, beside(found, twin, count + 1, 4e-6, 0), width, channels, (size_t)edges);
    }
    release();
  }
}

static void products(mist_isa isa, const char *set, size_t m, size_t n, size_t depth) {
  const float *x = noise(m * (depth + 2)), *w = noise(n * depth), *bias = noise(n), *start = noise(m * (n + 1));
  const size_t bytes = m * (n + 1) * sizeof(float);
  float *packed = room(mist_packed_count_on(isa, n, depth) * sizeof(float));
  float *plain = room(mist_packed_count_on(MIST_ISA_SCALAR, n, depth) * sizeof(float));
  for (int kind = 0; kind < 4; kind++) {
    const bool across = kind & 1, add = kind & 2;
    float *found = copy(start, bytes), *twin = copy(start, bytes);
    mist_pack_on(isa, w, n, depth, across ? 1 : depth, across ? n : 1, packed);
    mist_pack_on(MIST_ISA_SCALAR, w, n, depth, across ? 1 : depth, across ? n : 1, plain);
    mist_product_on(isa, x, depth + 2, m, depth, packed, n, add ? NULL : bias, add, found, n + 1);
    mist_product_on(MIST_ISA_SCALAR, x, depth + 2, m, depth, plain, n, add ? NULL : bias, add, twin, n + 1);
    judge("product", set, beside(found, twin, m * (n + 1), 1e-4, 0), m, n, depth);
  }
  const size_t panels = (n + 63) / 64 * 64 * (depth + 2);
  float *found = filled(panels, -7), *twin = filled(panels, -7);
  mist_pack_panels(w, n, depth, depth, 64, depth + 2, found);
  mist_pack_panels_scalar(w, n, depth, depth, 64, depth + 2, twin);
  judge("pack_panels", set, memcmp(found, twin, panels * sizeof(float)) ? 2 : 0, n, depth, 0);
  for (int kind = 0; kind < 4; kind++) {
    const bool ta = kind & 1, tb = kind & 2;
    float *found = copy(start, bytes), *twin = copy(start, bytes);
    const size_t lda = ta ? m : depth, ldb = tb ? depth : n;
    mist_sgemm_on(isa, ta, tb, m, n, depth, 0.5f, x, lda, w, ldb, (float)(kind % 3), found, n + 1);
    mist_sgemm_scalar(ta, tb, m, n, depth, 0.5f, x, lda, w, ldb, (float)(kind % 3), twin, n + 1);
    judge("sgemm", set, beside(found, twin, m * (n + 1), 1e-4, 0), m, n, depth);
  }
  release();
}

void plain_kernels(void) {
  static const mist_isa sets[] = {MIST_ISA_NEON, MIST_ISA_AVX2, MIST_ISA_AVX512};
  for (size_t s = 0; s < sizeof sets / sizeof *sets; s++) {
    if (!mist_isa_supported(sets[s])) continue;
    const char *set = mist_isa_name(sets[s]);
    for EACH(widths) rows_kernels(sets[s], set, widths[k]), moments(sets[s], set, widths[k]);
    halves(sets[s], set);
    depthwise(sets[s], set);
    for EACH(shapes) products(sets[s], set, shapes[k][0], shapes[k][1], shapes[k][2]);
  }
}
