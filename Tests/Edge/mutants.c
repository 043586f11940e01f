// Bundles with changed numbers and right checksums: whatever they say, the library refuses them or stays in its arena.
//
//     mutants ROUNDS BUNDLE …
#include "arena.h"

#include <stdbool.h>

// Larger ones only take time.
#define MOST_ARENA (1u << 22)
#define MOST_PARAMETERS 100000
#define MOST_INPUTS 66

static uint64_t state = 88172645463325252u;

static size_t below(size_t limit) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (size_t)(state % limit);
}

static uint64_t number(const uint8_t *bytes, size_t size) {
  uint64_t value = 0;
  memcpy(&value, bytes, size);
  return value;
}

static uint32_t checksum(const uint8_t *bytes, size_t count, uint32_t from) {
  uint32_t sum = ~from;
  for (size_t i = 0; i < count; i++) {
    sum ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? 0xEDB88320u : 0);
  }
  return ~sum;
}

// Computes the checksums of sections and header again, as far as the table makes sense.
static void mend(uint8_t *bundle, size_t size) {
  const size_t count = number(bundle + 24, 4);
  if (count > 64 || 64 + 32 * count > size) return;
  for (uint8_t *row = bundle + 64; row < bundle + 64 + 32 * count; row += 32) {
    const uint64_t start = number(row + 8, 8), length = number(row + 16, 8);
    if (start > size || length > size - start) continue;
    const uint32_t sum = checksum(bundle + start, length, 0);
    memcpy(row + 24, &sum, sizeof sum);
  }
  const uint32_t sum = checksum(bundle + 32, 32 + 32 * count, checksum(bundle, 28, 0));
  memcpy(bundle + 28, &sum, sizeof sum);
}

// Changes a few words, half of them of the first section, which describes the head.
static void change(uint8_t *bundle, size_t size) {
  const uint64_t start = number(bundle + 72, 8), length = number(bundle + 80, 8);
  for (size_t left = 1 + below(4); left > 0; left--) {
    uint8_t *place = below(2) ? bundle + start + 4 * below(length / 4) : bundle + 4 * below(size / 4);
    uint32_t word = (uint32_t)number(place, 4);
    switch (below(5)) {
      case 0: word = (uint32_t)below(8); break;
      case 1: word++; break;
      case 2: word--; break;
      case 3: word = (uint32_t)below(70); break;
      default: word ^= 1u << below(32);
    }
    memcpy(place, &word, sizeof word);
  }
}

// Predicts, and with a handle for it learns and saves, from zeros.
static void use(mist_edge *edge, bool learns) {
  mist_edge_description about;
  mist_edge_describe(edge, &about);
  if (about.task != MIST_EDGE_CLASSIFICATION || about.inputs > MOST_INPUTS || about.parameters > MOST_PARAMETERS) return;
  mist_edge_features given[MOST_INPUTS];
  float *probabilities = malloc(about.classes * sizeof(float));
  for (uint32_t i = 0; i < about.inputs; i++) {
    const mist_edge_input input = mist_edge_input_at(edge, i);
    given[i] = (mist_edge_features){
        (mist_edge_type)below(3), calloc((size_t)input.rows * input.channels, sizeof(float)), calloc(input.rows, sizeof(float))};
  }
  mist_edge_predict(edge, given, probabilities, &error);
#if LEARNS
  if (learns) {
    mist_edge_tune(edge, given, (uint32_t)below(about.classes), 1, NULL, &error);
    mist_edge_tune_step(edge, 1e-3f, 0, &error);
    size_t size = 0;
    if (mist_edge_save(edge, NULL, &size, &error) == MIST_EDGE_MORE_ARENA) {
      void *saved = malloc(size);
      mist_edge_save(edge, saved, &size, &error);
      free(saved);
    }
  }
#else
  (void)learns;
#endif
  for (uint32_t i = 0; i < about.inputs; i++) {
    free((void *)given[i].values);
    free((void *)given[i].scales);
  }
  free(probabilities);
}

int main(int count, char **words) {
  int opened = 0;
  for (int round = atoi(words[1]); round > 0; round--) {
    size_t size;
    uint8_t *bundle = contents(words[2 + below((size_t)count - 2)], &size);
    change(bundle, size);
    mend(bundle, size);
    mist_edge *edge;
    if (open(bundle, size, MIST_EDGE_SELFTEST, MOST_ARENA, &edge) == MIST_EDGE_OK) {
      mist_edge_selftest(edge, NULL, &error);
      check_arena(edge);
    }
    if (open(bundle, size, MIST_EDGE_PREDICT, MOST_ARENA, &edge) == MIST_EDGE_OK) {
      opened++;
      use(edge, false);
      check_arena(edge);
    }
    if (open(bundle, size, MIST_EDGE_PREDICT_INT8, MOST_ARENA, &edge) == MIST_EDGE_OK) {
      use(edge, false);
      check_arena(edge);
    }
    if (open(bundle, size, MIST_EDGE_TUNE, MOST_ARENA, &edge) == MIST_EDGE_OK) {
      use(edge, true);
      check_arena(edge);
    }
    free(bundle);
  }
  free(arena.bytes);
  printf("%d opened\n", opened);
  return opened > 0 ? 0 : 1;
}
