// Every function of mist_edge.h on one bundle and, where there is one, one shard. Prints what Tests/Edge/library.py compares with mist-edge;
// ends with 1 where the library breaks its word about memory or wrong use.
#include "arena.h"

static int refused(mist_edge_status status) {
  printf("%d %s: %s\n", (int)status, error.code, error.sentence);
  return 0;
}

static uint32_t hash(const uint8_t *bytes, size_t count) {
  uint32_t value = 2166136261u;
  for (size_t i = 0; i < count; i++) value = (value ^ bytes[i]) * 16777619u;
  return value;
}

static mist_edge_status classify(mist_edge *edge, const mist_edge_description *about, size_t samples) {
  float probabilities[256];
  require(about->classes <= 256, "fixtures have few classes");
  for (size_t index = 0; index < samples; index++) {
    int64_t label;
    const mist_edge_status status = mist_edge_predict_sample(edge, index, probabilities, &label, &error);
    if (status != MIST_EDGE_OK) return status;
    uint32_t best = 0;
    for (uint32_t class = 1; class < about->classes; class++) {
      if (probabilities[class] > probabilities[best]) best = class;
    }
    const mist_edge_text text = mist_edge_label(edge, best);
    printf("%zu\t%u\t%.*s\t%.6f\n", index, (unsigned)best, (int)text.size, text.bytes, probabilities[best]);
  }
  require(mist_edge_segment_sample(edge, 0, NULL, NULL, &error) == MIST_EDGE_USAGE, "took a map of a classifier");
  require(mist_edge_predict_sample(edge, samples, probabilities, NULL, &error) == MIST_EDGE_USAGE, "took a sample too many");
  return MIST_EDGE_OK;
}

static mist_edge_status segment(mist_edge *edge, const mist_edge_description *about, size_t samples) {
  const size_t size = (size_t)about->height * about->width;
  uint8_t *map = malloc(size);
  if (!map) exit(71);
  for (size_t index = 0; index < samples; index++) {
    const uint8_t *mask;
    const mist_edge_status status = mist_edge_segment_sample(edge, index, map, &mask, &error);
    if (status != MIST_EDGE_OK) return status;
    printf("%zu\t%08x\n", index, (unsigned)hash(map, size));
  }
  require(mist_edge_predict_sample(edge, 0, NULL, NULL, &error) == MIST_EDGE_USAGE, "took a class of a map");
  free(map);
  return MIST_EDGE_OK;
}

// Zeros of every type: the same answer from each.
static void features(mist_edge *edge, const mist_edge_description *about) {
  mist_edge_features given[64] = {0};
  float first[256];
  if (about->task != MIST_EDGE_CLASSIFICATION) return;
  for (mist_edge_type type = MIST_EDGE_F32; type <= MIST_EDGE_INT8; type++) {
    for (uint32_t i = 0; i < about->inputs; i++) {
      const mist_edge_input input = mist_edge_input_at(edge, i);
      require(input.rows >= input.height * input.width && input.channels > 0, "an input has a shape");
      given[i] = (mist_edge_features){type, calloc((size_t)input.rows * input.channels, 4), calloc(input.rows, 4)};
    }
    float probabilities[256], sum = 0;
    require(mist_edge_predict(edge, given, probabilities, &error) == MIST_EDGE_OK, "predicts zeros");
    for (uint32_t class = 0; class < about->classes; class++) sum += probabilities[class];
    require(sum > 0.999f && sum < 1.001f, "probabilities are 1 together");
    if (type == MIST_EDGE_F32) memcpy(first, probabilities, sizeof first);
    require(memcmp(first, probabilities, about->classes * sizeof(float)) == 0, "zeros are zeros in every type");
    ((float *)given[0].values)[0] = 0;
    if (type == MIST_EDGE_F32) {
      const uint32_t infinite = 0x7F800000;
      memcpy((void *)given[0].values, &infinite, sizeof infinite);
      require(mist_edge_predict(edge, given, probabilities, &error) == MIST_EDGE_DATA, "took a number that is none");
    }
    for (uint32_t i = 0; i < about->inputs; i++) {
      free((void *)given[i].values);
      free((void *)given[i].scales);
    }
  }
  given[0].type = 7;
  require(mist_edge_predict(edge, given, first, &error) == MIST_EDGE_USAGE, "took a type that there is not");
  require(mist_edge_predict(edge, NULL, first, &error) == MIST_EDGE_USAGE, "took no features");
}

int main(int count, char **words) {
  size_t size;
  void *bundle = contents(words[1], &size);
  mist_edge *edge;
  require(mist_edge_abi() == MIST_EDGE_ABI, "library and header belong together");
  mist_edge_status status = open(bundle, size, MIST_EDGE_SELFTEST, SIZE_MAX, &edge);
  if (status == MIST_EDGE_OK) {
    require(mist_edge_predict(edge, NULL, NULL, NULL) == MIST_EDGE_USAGE, "predicted where only the golden input fits");
    status = mist_edge_selftest(edge, NULL, &error);
    check_arena(edge);
  }
  if (status != MIST_EDGE_OK) return refused(status);
  status = open(bundle, size, MIST_EDGE_PREDICT, SIZE_MAX, &edge);
  if (status != MIST_EDGE_OK) return refused(status);
  mist_edge_description about;
  mist_edge_describe(edge, &about);
  require(mist_edge_selftest(edge, NULL, &error) == MIST_EDGE_USAGE, "tested itself with a handle for predictions");
  require(mist_edge_predict_sample(edge, 0, NULL, NULL, NULL) == MIST_EDGE_USAGE, "took a sample of no shard");
  require(mist_edge_label(edge, about.classes).size == 0, "named a class that there is not");
  features(edge, &about);
  printf("ok\t%u\t%u\t%u\n", (unsigned)about.classes, (unsigned)about.inputs, (unsigned)about.parameters);
  mist_edge_shard samples;
  size_t shard_size;
  void *shard = count > 2 ? contents(words[2], &shard_size) : NULL;
  if (shard) {
    status = mist_edge_attach(edge, shard, shard_size, &samples, &error);
    if (status == MIST_EDGE_OK) {
      status = (about.task == MIST_EDGE_SEGMENTATION ? segment : classify)(edge, &about, samples.samples);
    }
    if (status != MIST_EDGE_OK) refused(status);
  }
  check_arena(edge);
  // The same arena without its last bytes.
  size_t less = about.arena - 64;
  if (less > MIST_EDGE_FIRST_ARENA) {
    status = mist_edge_open(bundle, size, MIST_EDGE_PREDICT, arena.bytes + GUARD, &less, &edge, &error);
    require(status == MIST_EDGE_MORE_ARENA && less > about.arena - 64, "opened in too little memory");
  }
  free(shard);
  free(bundle);
  free(arena.bytes);
  return 0;
}
