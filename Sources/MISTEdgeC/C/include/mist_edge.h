#ifndef MIST_EDGE_H
#define MIST_EDGE_H

#include <stddef.h>
#include <stdint.h>

/* Every number of this interface has a size of its own: enumerations of compilers have none that they agree on. */

#ifdef __cplusplus
extern "C" {
#endif

/* The runtime of MIST's edge bundles: features of an image in, classes or a map of classes out.

   Memory is the caller's: an arena, given with the bundle when a handle is opened. The library asks no system for more, opens no file, has
   no state beside its handles but what it found out about the processor, and starts no thread. Handles are independent: each may be used
   by one thread at a time, several by as many threads. A handle is not closed: whoever is done with it uses the arena for something else.

   Every function that can fail returns MIST_EDGE_OK or why not, and writes what a person would want to know to `error` unless it is
   NULL. Output is written only where MIST_EDGE_OK is returned. */

/* Version of this interface: it grows when a declaration here changes or goes, not when one is added. */
#define MIST_EDGE_ABI 1

/* The version that the library was built with; another one than MIST_EDGE_ABI means that it and this header do not belong together. */
uint32_t mist_edge_abi(void);

typedef int32_t mist_edge_status;
enum {
  MIST_EDGE_OK = 0,
  /* The arena is too small, or the memory for a bundle; the call says how large it has to be. */
  MIST_EDGE_MORE_ARENA = 1,
  /* The call asks for what the handle or the library cannot do. */
  MIST_EDGE_USAGE = 64,
  /* The bundle, the shard or the features are not valid, or do not belong together. */
  MIST_EDGE_DATA = 65,
};

/* What went wrong: a stable code and a sentence; both end in a zero byte. Codes are those of bundles (Formats/edge-bundle.md) and shards
   (Formats/feature-store.md), and of wrong use edge.null, edge.purpose, edge.task, edge.type, edge.label, edge.no-label, edge.batch,
   edge.rate, edge.no-shard and edge.sample. */
#define MIST_EDGE_CODE_BYTES 48
#define MIST_EDGE_SENTENCE_BYTES 336
typedef struct mist_edge_error {
  char code[MIST_EDGE_CODE_BYTES];
  char sentence[MIST_EDGE_SENTENCE_BYTES];
} mist_edge_error;

/* An open bundle, in its arena. */
typedef struct mist_edge mist_edge;

/* What a handle is for. */
typedef int32_t mist_edge_purpose;
enum {
  MIST_EDGE_PREDICT = 1,
  /* To run the bundle's golden input alone, which takes less memory: mist_edge_selftest. */
  MIST_EDGE_SELFTEST = 2,
  /* To train the bundle's head further, and to predict with it on the way: mist_edge_tune.h. A library that was built without training
     refuses it. */
  MIST_EDGE_TUNE = 3,
  /* To predict from int8 features alone, with products of integers, in less memory. Takes bundles of int8 weights whose head
     pools tokens behind blocks of attention or MLP, and refuses others. Results differ from MIST_EDGE_PREDICT's by the rounding of weights. */
  MIST_EDGE_PREDICT_INT8 = 4,
};

/* Bytes to begin with for an arena, which are enough to read what a bundle describes; mist_edge_open asks for at least as many. */
#if UINTPTR_MAX > 0xFFFFFFFFu
#define MIST_EDGE_FIRST_ARENA 32768
#else
#define MIST_EDGE_FIRST_ARENA 16384
#endif

/* Opens the bundle of `size` bytes at `bundle`, which must stay as they are, and so must the `*arena_size` bytes at `arena`, for as long as
   the handle is used. A bundle may lie in flash. Checks all of it against its format, checksums included.

   Returns MIST_EDGE_MORE_ARENA where the arena is too small, with the bytes to try next in `*arena_size`: more than were given, and at the
   third answer at the latest as many as it takes. So this loop ends, with size 0 and no arena at its start:

     while ((status = mist_edge_open(bundle, size, MIST_EDGE_PREDICT, arena, &arena_size, &edge, &error)) == MIST_EDGE_MORE_ARENA)
       arena = realloc(arena, arena_size);

   A device whose memory is fixed gives what that loop ended with on another machine of the same pointer size, or more. */
mist_edge_status mist_edge_open(
    const void *bundle, size_t size, mist_edge_purpose purpose, void *arena, size_t *arena_size, mist_edge **edge,
    mist_edge_error *error);

typedef int32_t mist_edge_task;
enum {
  /* One class per image. */
  MIST_EDGE_CLASSIFICATION = 0,
  /* One class per pixel. */
  MIST_EDGE_SEGMENTATION = 1,
};

/* How features and weights are stored. */
typedef int32_t mist_edge_type;
enum {
  MIST_EDGE_F32 = 0,
  /* IEEE binary16. */
  MIST_EDGE_F16 = 1,
  /* Signed bytes with a float per token or position that they are multiplied by. */
  MIST_EDGE_INT8 = 2,
};

typedef struct mist_edge_description {
  mist_edge_task task;
  uint32_t classes;
  /* Tensors of features that a prediction reads. */
  uint32_t inputs;
  uint32_t parameters;
  mist_edge_type weights;
  /* Size in pixels of the image that the features come from, and so of a map of classes; 0 for classification. */
  uint32_t height, width;
  /* SHA-256, 32 bytes, of the converted model whose features the bundle reads. */
  const uint8_t *model;
  /* Most bytes of the arena that were used so far. */
  size_t arena;
} mist_edge_description;

void mist_edge_describe(const mist_edge *edge, mist_edge_description *description);

/* One tensor of features: `rows` tokens, or height x width positions row by row, of `channels` numbers each. Of tokens the height is 1
   unless they lie on a map behind `rows - height * width` others. */
typedef struct mist_edge_input {
  uint32_t rows, height, width, channels;
} mist_edge_input;

/* The tensor `index` below the description's `inputs`; zeros for any other. */
mist_edge_input mist_edge_input_at(const mist_edge *edge, uint32_t index);

/* UTF-8 without control characters, not ended by a zero byte, in the bundle. */
typedef struct mist_edge_text {
  const char *bytes;
  size_t size;
} mist_edge_text;

/* The name of class `index` below the description's `classes`; empty for any other. */
mist_edge_text mist_edge_label(const mist_edge *edge, uint32_t index);

/* One tensor of features in memory: rows x channels values of its type, and of int8 as many scales as rows. */
typedef struct mist_edge_features {
  mist_edge_type type;
  const void *values;
  const float *scales;
} mist_edge_features;

/* Probabilities [classes] of an image with these features: as many tensors as the description's `inputs`. For classification. */
mist_edge_status mist_edge_predict(
    mist_edge *edge, const mist_edge_features *features, float *probabilities, mist_edge_error *error);

/* The classes [height x width] of an image's pixels, row by row. For segmentation. */
mist_edge_status mist_edge_segment(
    mist_edge *edge, const mist_edge_features *features, uint8_t *map, mist_edge_error *error);

/* What a shard of a feature store holds. */
typedef struct mist_edge_shard {
  size_t samples;
  /* Whether every sample has a class, or a mask: 1 or 0. */
  uint32_t labelled;
} mist_edge_shard;

/* Reads the header of the shard (Formats/feature-store.md) of `size` bytes at `bytes`, which must stay as they are until another one is
   attached. It takes the place of the one before it. */
mist_edge_status mist_edge_attach(
    mist_edge *edge, const void *bytes, size_t size, mist_edge_shard *shard, mist_edge_error *error);

/* mist_edge_predict on sample `index` of the attached shard; its class, or -1 where it has none, to `label` unless that is NULL. */
mist_edge_status mist_edge_predict_sample(
    mist_edge *edge, size_t index, float *probabilities, int64_t *label, mist_edge_error *error);

/* mist_edge_segment on sample `index` of the attached shard; its mask, a class or 255 for "ignored" per pixel, or NULL where it has
   none, to `mask` unless that is NULL. */
mist_edge_status mist_edge_segment_sample(
    mist_edge *edge, size_t index, uint8_t *map, const uint8_t **mask, mist_edge_error *error);

/* Runs the bundle's golden input; MIST_EDGE_DATA, and bundle.selftest-failed, where the logits differ from the expected ones by more
   than the bundle allows. The greatest difference to `difference` unless that is NULL. For a handle that was opened for it. */
mist_edge_status mist_edge_selftest(mist_edge *edge, float *difference, mist_edge_error *error);

#ifdef __cplusplus
}
#endif

#endif
