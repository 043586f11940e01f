#ifndef MIST_EDGE_FILE_H
#define MIST_EDGE_FILE_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mist_edge.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bundles and shards from paths, on systems that have files. No part of the library, which opens none: all of it is inline, and the only
   place that asks for memory. */

enum {
  /* The file is not there, or cannot be read. */
  MIST_EDGE_NO_INPUT = 66,
  /* There is no memory for it. */
  MIST_EDGE_NO_MEMORY = 71,
};

typedef struct mist_edge_file {
  void *bytes;
  size_t size;
} mist_edge_file;

static inline mist_edge_status mist_edge_file_failed(
    mist_edge_status status, const char *code, const char *sentence, mist_edge_error *error) {
  if (error) {
    snprintf(error->code, sizeof error->code, "%s", code);
    snprintf(error->sentence, sizeof error->sentence, "%s", sentence);
  }
  return status;
}

/* Reads the file at `path` into memory that `free(file->bytes)` gives back. */
static inline mist_edge_status mist_edge_read(const char *path, mist_edge_file *file, mist_edge_error *error) {
  FILE *input = fopen(path, "rb");
  const int is_sized = input && fseek(input, 0, SEEK_END) == 0;
  const long size = is_sized ? ftell(input) : -1;
  int is_read = 0;
  file->bytes = NULL;
  file->size = size > 0 ? (size_t)size : 0;
  /* A folder's size is said to be the greatest there is. */
  if (size >= 0 && size < LONG_MAX) {
    file->bytes = malloc(file->size + 1);
    rewind(input);
    is_read = file->bytes && fread(file->bytes, 1, file->size, input) == file->size;
  }
  if (input) fclose(input);
  if (is_read) return MIST_EDGE_OK;
  if (size >= 0 && size < LONG_MAX && !file->bytes) {
    return mist_edge_file_failed(MIST_EDGE_NO_MEMORY, "file.no-memory", "there is no memory for the file", error);
  }
  free(file->bytes);
  file->bytes = NULL;
  return mist_edge_file_failed(MIST_EDGE_NO_INPUT, "file.unreadable", "the file is not there, or cannot be read", error);
}

/* A bundle that was opened from a path, with the memory it takes. */
typedef struct mist_edge_opened {
  mist_edge *edge;
  mist_edge_file bundle;
  void *arena;
  size_t arena_size;
} mist_edge_opened;

static inline void mist_edge_close(mist_edge_opened *opened) {
  free(opened->arena);
  free(opened->bundle.bytes);
  memset(opened, 0, sizeof *opened);
}

/* Opens the bundle at `path` for `purpose`, in an arena as large as it takes; `mist_edge_close` gives all of it back. */
static inline mist_edge_status mist_edge_open_path(
    const char *path, mist_edge_purpose purpose, mist_edge_opened *opened, mist_edge_error *error) {
  memset(opened, 0, sizeof *opened);
  mist_edge_status status = mist_edge_read(path, &opened->bundle, error);
  if (status != MIST_EDGE_OK) return status;
  while ((status = mist_edge_open(
              opened->bundle.bytes, opened->bundle.size, purpose, opened->arena, &opened->arena_size, &opened->edge, error)) ==
         MIST_EDGE_MORE_ARENA) {
    free(opened->arena);
    opened->arena = malloc(opened->arena_size);
    if (!opened->arena) {
      status = mist_edge_file_failed(MIST_EDGE_NO_MEMORY, "file.no-memory", "there is no memory for the bundle's arena", error);
      break;
    }
  }
  if (status != MIST_EDGE_OK) mist_edge_close(opened);
  return status;
}

#ifdef __cplusplus
}
#endif
#endif
