// The bundle and the shard in this program's flash: the golden input, then every sample, a line each.
#include <mist_edge.h>
#include <string.h>

void say(const char *text);

extern const unsigned char bundle[], bundle_end[], shard[], shard_end[];
__asm__(".section .bundle,\"a\"\n.balign 64\n.global bundle, bundle_end, shard, shard_end\n"
        "bundle: .incbin \"" BUNDLE "\"\nbundle_end:\n.balign 64\nshard: .incbin \"" SHARD "\"\nshard_end:\n.text\n");

static __attribute__((section(".arena"), aligned(64))) unsigned char arena[ARENA];
static mist_edge_error error;

static void number(unsigned value) {
  char text[12];
  char *next = text + sizeof text - 1;
  *next = 0;
  do *--next = (char)('0' + value % 10);
  while (value /= 10);
  say(next);
}

static int refused(mist_edge_status status) {
  say(error.code);
  say(": ");
  say(error.sentence);
  say("\n");
  return status;
}

static mist_edge_status open(mist_edge_purpose purpose, mist_edge **edge) {
  size_t size = sizeof arena;
  const mist_edge_status status = mist_edge_open(bundle, (size_t)(bundle_end - bundle), purpose, arena, &size, edge, &error);
  if (status == MIST_EDGE_MORE_ARENA) {
    say("arena of ");
    number((unsigned)size);
    say(" bytes\n");
  }
  return status;
}

#ifdef LEAST
// A prediction from features in memory, and nothing else: of zeros, so that its probabilities alone are checked.
int main(void) {
  static float zeros[1 << 14];
  static float probabilities[256];
  mist_edge *edge;
  mist_edge_description about;
  mist_edge_status status = open(MIST_EDGE_PREDICT, &edge);
  if (status != MIST_EDGE_OK) return refused(status);
  mist_edge_describe(edge, &about);
  mist_edge_features features[16];
  for (unsigned i = 0; i < 16; i++) features[i] = (mist_edge_features){MIST_EDGE_F32, zeros, NULL};
  status = mist_edge_predict(edge, features, probabilities, &error);
  if (status != MIST_EDGE_OK) return refused(status);
  float sum = 0;
  for (uint32_t class = 0; class < about.classes; class++) sum += probabilities[class];
  return !(sum > 0.999f && sum < 1.001f);
}
#else
int main(void) {
  mist_edge *edge;
  mist_edge_shard samples;
  mist_edge_status status = open(MIST_EDGE_SELFTEST, &edge);
  if (status == MIST_EDGE_OK) status = mist_edge_selftest(edge, NULL, &error);
  if (status == MIST_EDGE_OK) status = open(MIST_EDGE_PREDICT, &edge);
  if (status == MIST_EDGE_OK) status = mist_edge_attach(edge, shard, (size_t)(shard_end - shard), &samples, &error);
  if (status != MIST_EDGE_OK) return refused(status);
  for (size_t index = 0; index < samples.samples; index++) {
    static float probabilities[256];
    mist_edge_description about;
    mist_edge_describe(edge, &about);
    if (about.classes > 256) return 64;
    status = mist_edge_predict_sample(edge, index, probabilities, NULL, &error);
    if (status != MIST_EDGE_OK) return refused(status);
    uint32_t best = 0;
    for (uint32_t class = 1; class < about.classes; class++) {
      if (probabilities[class] > probabilities[best]) best = class;
    }
    const mist_edge_text label = mist_edge_label(edge, best);
    char text[64];
    const size_t length = label.size < sizeof text ? label.size : sizeof text - 1;
    memcpy(text, label.bytes, length);
    text[length] = 0;
    say(text);
    say("\n");
  }
  return 0;
}
#endif
