// An arena between bytes that nobody may touch, and a bundle opened in one that is just large enough.

// A library that was built without training does not bring its header.
#if __has_include(<mist_edge_tune.h>)
#define LEARNS 1
#include <mist_edge_tune.h>
#else
#define LEARNS 0
#include <mist_edge.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 256
static mist_edge_error error;

static void require(int holds, const char *what) {
  if (holds) return;
  printf("broken: %s\n", what);
  exit(1);
}

static void *contents(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) exit(66);
  *size = (size_t)ftell(file);
  void *bytes = malloc(*size + 1);
  rewind(file);
  if (!bytes || fread(bytes, 1, *size, file) != *size) exit(66);
  fclose(file);
  return bytes;
}

static struct {
  unsigned char *bytes;
  size_t size;
} arena;

static void make_arena(size_t size) {
  free(arena.bytes);
  arena.bytes = malloc(size + 2 * GUARD);
  if (!arena.bytes) exit(71);
  memset(arena.bytes, 0xA5, size + 2 * GUARD);
  arena.size = size;
}

static void check_arena(const mist_edge *edge) {
  for (size_t i = 0; i < GUARD; i++) {
    require(arena.bytes[i] == 0xA5 && arena.bytes[GUARD + arena.size + i] == 0xA5, "wrote outside of the arena");
  }
  mist_edge_description about;
  mist_edge_describe(edge, &about);
  require(about.arena <= arena.size, "used more of the arena than it has");
}

// Opens a bundle, unless it asks for more than `most` bytes.
static mist_edge_status open(const void *bundle, size_t size, mist_edge_purpose purpose, size_t most, mist_edge **edge) {
  size_t needed = 0;
  make_arena(0);
  mist_edge_status status;
  for (int turn = 0;; turn++) {
    status = mist_edge_open(bundle, size, purpose, arena.bytes + GUARD, &needed, edge, &error);
    if (status != MIST_EDGE_MORE_ARENA || needed > most) break;
    require(turn < 3, "three answers are not enough");
    require(needed > arena.size, "asked for no more than there was");
    make_arena(needed);
  }
  if (status == MIST_EDGE_OK) check_arena(*edge);
  return status;
}
