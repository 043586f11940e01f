/* Classes of every sample of a shard of features.

     cc classify.c $(pkg-config --cflags --libs mistedge) -o classify
     ./classify BUNDLE SHARD */
#include <mist_edge_file.h>

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
  mist_edge_opened opened;
  mist_edge_file shard;
  check(mist_edge_open_path(words[1], MIST_EDGE_PREDICT, &opened, &error), words[1]);
  check(mist_edge_read(words[2], &shard, &error), words[2]);
  mist_edge *edge = opened.edge;

  mist_edge_description about;
  mist_edge_describe(edge, &about);
  mist_edge_shard samples;
  check(mist_edge_attach(edge, shard.bytes, shard.size, &samples, &error), words[2]);
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
  free(shard.bytes);
  mist_edge_close(&opened);
  return 0;
}
