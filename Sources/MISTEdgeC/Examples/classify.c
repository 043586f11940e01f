/* Classes of every sample of a shard of features.

     cc classify.c $(pkg-config --cflags --libs mistedge) -o classify
     ./classify BUNDLE SHARD */
#include <mist_edge.h>

#include <stdio.h>
#include <stdlib.h>

static void *contents(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) {
    fprintf(stderr, "%s: cannot be read\n", path);
    exit(66);
  }
  *size = (size_t)ftell(file);
  void *bytes = malloc(*size + 1);
  rewind(file);
  if (!bytes || fread(bytes, 1, *size, file) != *size) {
    fprintf(stderr, "%s: cannot be read\n", path);
    exit(66);
  }
  fclose(file);
  return bytes;
}

static mist_edge_error error;

static void check(mist_edge_status status, const char *path) {
  if (status == MIST_EDGE_OK) return;
  fprintf(stderr, "error[%s]: %s: %s.\n", error.code, path, error.sentence);
  exit(status);
}

int main(int count, char **words) {
  if (count != 3) {
    fprintf(stderr, "usage: classify BUNDLE SHARD\n");
    return 64;
  }
  size_t bundle_size, shard_size, arena_size = 0;
  void *bundle = contents(words[1], &bundle_size), *shard = contents(words[2], &shard_size), *arena = NULL;

  mist_edge *edge;
  mist_edge_status status;
  while ((status = mist_edge_open(bundle, bundle_size, MIST_EDGE_PREDICT, arena, &arena_size, &edge, &error)) ==
         MIST_EDGE_MORE_ARENA) {
    free(arena);
    arena = malloc(arena_size);
    if (!arena) return 71;
  }
  check(status, words[1]);

  mist_edge_description about;
  mist_edge_describe(edge, &about);
  mist_edge_shard samples;
  check(mist_edge_attach(edge, shard, shard_size, &samples, &error), words[2]);
  float *probabilities = malloc(about.classes * sizeof *probabilities);
  if (!probabilities) return 71;
  for (size_t index = 0; index < samples.samples; index++) {
    check(mist_edge_predict_sample(edge, index, probabilities, NULL, &error), words[2]);
    uint32_t best = 0;
    for (uint32_t class = 1; class < about.classes; class++) {
      if (probabilities[class] > probabilities[best]) best = class;
    }
    const mist_edge_text label = mist_edge_label(edge, best);
    printf("%zu\t%.*s\t%.6f\n", index, (int)label.size, label.bytes, probabilities[best]);
  }
  free(probabilities);
  free(arena);
  free(shard);
  free(bundle);
  return 0;
}
