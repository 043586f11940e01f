#ifndef MIST_ARENA_H
#define MIST_ARENA_H

#include <stdbool.h>

#include "mist_edge.h"

/* The arena of a handle, which lies at its start. Objects and arrays of the runtime stand at its lower end; floats, which are nearly all of
   it, at its upper end. Both are given back in the opposite order: what is given back below others stays until those go. */
struct mist_edge {
  char *start, *end;
  /* Where the free bytes between the two begin and end. */
  char *low, *high;
  /* The highest of the objects. */
  struct mist_arena_note *last;
  /* Most bytes of objects and of floats that there were at a time. */
  size_t most_objects, most_floats;
  /* Floats are counted and have no memory. */
  bool measuring;
  /* The runtime's own. */
  void *object;
};

/* An empty arena in `size` bytes, at least MIST_EDGE_FIRST_ARENA; its start is aligned to 16 bytes. */
mist_edge *mist_arena_make(void *memory, size_t size);

/* Gives everything back. */
void mist_arena_empty(mist_edge *arena, bool measuring);

/* Makes this thread's allocations come from `arena`. */
void mist_arena_enter(mist_edge *arena);

/* `count` zeros, aligned to 64 bytes. Where floats are only counted, an address that must not be used. */
float *mist_arena_floats(size_t count);

void mist_arena_return(float *floats, size_t count);

/* Where the floats of this thread's arena begin, and that they begin there again: all that were given since then have been returned. */
char *mist_arena_mark(void);
void mist_arena_reset(char *mark);

/* In place of posix_memalign and free in the library: without an arena, or with a full one, there is no memory. */
int mist_arena_memalign(void **memory, size_t alignment, size_t size);
void mist_arena_free(void *memory);

/* In place of arc4random_buf, which seeds hashes: the runtime hashes nothing. */
void mist_arena_random(void *bytes, size_t count);

#endif
