// Every function of mist_edge.h on one bundle and, where there is one, one shard. Prints what Tests/Edge/library.py compares with mist-edge;
// ends with 1 where the library breaks its word about memory or wrong use.
#include "arena.h"

#include <stdbool.h>

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

#if LEARNS
// Trains on the shard's samples: the loss falls, the saved bundle is one, and predicts what the handle does.
static mist_edge_status tune(const void *bundle, size_t size, const void *shard, size_t shard_size) {
  mist_edge *edge, *again;
  mist_edge_shard samples;
  mist_edge_description about;
  float first = 0, last = 0, loss, probabilities[2][256];
  mist_edge_status status = open(bundle, size, MIST_EDGE_TUNE, SIZE_MAX, &edge);
  if (status == MIST_EDGE_OK) status = mist_edge_attach(edge, shard, shard_size, &samples, &error);
  for (int step = 0; step < 20 && status == MIST_EDGE_OK; step++) {
    float sum = 0;
    for (size_t i = 0; i < samples.samples && status == MIST_EDGE_OK; i++) {
      status = mist_edge_tune_sample(edge, i, (uint32_t)samples.samples, &loss, &error);
      sum += loss;
    }
    if (status == MIST_EDGE_OK) status = mist_edge_tune_step(edge, 1e-3f, 0.01f, &error);
    if (step == 0) first = sum;
    last = sum;
  }
  if (status != MIST_EDGE_OK) return status;
  require(last < first, "the loss does not fall");
  mist_edge_describe(edge, &about);
  require(mist_edge_tune_sample(edge, samples.samples, 1, NULL, &error) == MIST_EDGE_USAGE, "learnt from a sample too many");
  require(mist_edge_tune_sample(edge, 0, 0, NULL, &error) == MIST_EDGE_USAGE, "took a batch of nothing");
  require(mist_edge_tune(edge, NULL, 0, 1, NULL, &error) == MIST_EDGE_USAGE, "learnt from no features");
  require(mist_edge_tune_step(edge, -1, 0, &error) == MIST_EDGE_USAGE, "took a rate below 0");
  size_t saved_size = 0;
  require(mist_edge_save(edge, NULL, &saved_size, &error) == MIST_EDGE_MORE_ARENA && saved_size > 0, "says no size");
  size_t less = saved_size - 1;
  uint8_t *saved = malloc(saved_size);
  if (!saved) exit(71);
  require(mist_edge_save(edge, saved, &less, &error) == MIST_EDGE_MORE_ARENA && less == saved_size, "wrote past the memory");
  // More than once, for what a call takes of the arena must come back.
  for (int i = 0; i < 50 && status == MIST_EDGE_OK; i++) status = mist_edge_save(edge, saved, &saved_size, &error);
  if (status != MIST_EDGE_OK) return status;
  if (about.task == MIST_EDGE_CLASSIFICATION) {
    status = mist_edge_predict_sample(edge, 0, probabilities[0], NULL, &error);
    if (status != MIST_EDGE_OK) return status;
  }
  check_arena(edge);
  status = open(saved, saved_size, MIST_EDGE_SELFTEST, SIZE_MAX, &again);
  if (status == MIST_EDGE_OK) status = mist_edge_selftest(again, NULL, &error);
  if (status == MIST_EDGE_OK) status = open(saved, saved_size, MIST_EDGE_PREDICT, SIZE_MAX, &again);
  if (status != MIST_EDGE_OK) return status;
  require(mist_edge_tune_step(again, 0, 0, &error) == MIST_EDGE_USAGE, "trained with a handle for predictions");
  if (about.task == MIST_EDGE_CLASSIFICATION && about.weights == MIST_EDGE_F32) {
    require(mist_edge_attach(again, shard, shard_size, &samples, &error) == MIST_EDGE_OK, "attaches again");
    require(mist_edge_predict_sample(again, 0, probabilities[1], NULL, &error) == MIST_EDGE_OK, "predicts again");
    for (uint32_t i = 0; i < about.classes; i++) {
      const float step = probabilities[0][i] - probabilities[1][i];
      require(step < 1e-5f && step > -1e-5f, "what is saved is not what was trained");
    }
  }
  free(saved);
  return MIST_EDGE_OK;
}
#else
// Says that it does not.
static mist_edge_status tune(const void *bundle, size_t size, const void *shard, size_t shard_size) {
  mist_edge *edge;
  (void)shard;
  (void)shard_size;
  require(open(bundle, size, MIST_EDGE_TUNE, SIZE_MAX, &edge) == MIST_EDGE_USAGE, "opened for training that there is not");
  require(strcmp(error.code, "edge.purpose") == 0 && error.sentence[0] != 0, "does not say that there is no training");
  return MIST_EDGE_OK;
}
#endif

// Predicts the shard's samples with products of integers and says so, where bundle and shard are of such; `edge` is opened anew for it, and
// attached again where they are not.
static bool integers(const void *bundle, size_t size, const void *shard, size_t shard_size, mist_edge **edge) {
  mist_edge_description about;
  mist_edge_shard samples;
  float exact[256], found[256];
  mist_edge_describe(*edge, &about);
  bool takes = about.task == MIST_EDGE_CLASSIFICATION && mist_edge_predict_sample(*edge, 0, exact, NULL, &error) == MIST_EDGE_OK;
  const mist_edge_status status = open(bundle, size, MIST_EDGE_PREDICT_INT8, SIZE_MAX, edge);
  if (status == MIST_EDGE_OK) {
    require(about.weights == MIST_EDGE_INT8, "multiplies integers where there are none");
    const mist_edge_features floats = {MIST_EDGE_F32, exact, NULL};
    require(mist_edge_predict(*edge, &floats, found, &error) == MIST_EDGE_USAGE, "integers took floats");
    require(mist_edge_attach(*edge, shard, shard_size, &samples, &error) == MIST_EDGE_OK, "attaches to integers");
    takes = takes && mist_edge_predict_sample(*edge, 0, found, NULL, &error) == MIST_EDGE_OK;
    for (uint32_t i = 0; takes && i < about.classes; i++) {
      require(found[i] - exact[i] < 0.02f && exact[i] - found[i] < 0.02f, "integers are far from floats");
    }
    check_arena(*edge);
  } else {
    require(status == MIST_EDGE_USAGE && strcmp(error.code, "edge.purpose") == 0, "does not say that it takes no integers");
  }
  if (status == MIST_EDGE_OK && takes) return classify(*edge, &about, samples.samples) == MIST_EDGE_OK;
  require(open(bundle, size, MIST_EDGE_PREDICT, SIZE_MAX, edge) == MIST_EDGE_OK, "opens again");
  require(mist_edge_attach(*edge, shard, shard_size, &samples, &error) == MIST_EDGE_OK, "attaches again");
  return false;
}

int main(int count, char **words) {
  size_t size;
  void *bundle = contents(words[1], &size);
  mist_edge *edge;
  require(mist_edge_abi() == MIST_EDGE_ABI, "library and header belong together");
  require(mist_edge_predict(NULL, NULL, NULL, &error) == MIST_EDGE_USAGE, "predicted without a handle");
  require(strcmp(error.code, "edge.null") == 0 && error.sentence[0] != 0, "said nothing of a handle that is missing");
  require(mist_edge_open(bundle, size, MIST_EDGE_PREDICT, NULL, NULL, &edge, NULL) == MIST_EDGE_USAGE, "opened without a size");
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
    if (status == MIST_EDGE_OK && !integers(bundle, size, shard, shard_size, &edge)) {
      status = (about.task == MIST_EDGE_SEGMENTATION ? segment : classify)(edge, &about, samples.samples);
    }
    if (status != MIST_EDGE_OK) refused(status);
  }
  const bool is_valid = status == MIST_EDGE_OK;
  check_arena(edge);
  if (shard && open(bundle, size, MIST_EDGE_PREDICT, SIZE_MAX, &edge) == MIST_EDGE_OK) mist_edge_describe(edge, &about);
  // The same arena without its last bytes.
  size_t less = about.arena - 64;
  if (less > MIST_EDGE_FIRST_ARENA) {
    status = mist_edge_open(bundle, size, MIST_EDGE_PREDICT, arena.bytes + GUARD, &less, &edge, &error);
    require(status == MIST_EDGE_MORE_ARENA && less > about.arena - 64, "opened in too little memory");
  }
  if (shard && is_valid) {
    status = tune(bundle, size, shard, shard_size);
    if (status != MIST_EDGE_OK) refused(status);
  }
  free(shard);
  free(bundle);
  free(arena.bytes);
  return 0;
}
