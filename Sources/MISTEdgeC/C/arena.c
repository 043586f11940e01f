#include "mist_arena.h"

#include <string.h>

/* Where there are no threads, or no memory of their own for them, handles take turns. */
#ifdef MIST_ARENA_ONE_THREAD
#define OF_THREAD
#else
#define OF_THREAD _Thread_local
#endif

#define GRAIN 16
#define FLOAT_GRAIN 64
#define NO_MEMORY 12

/* Before every object. */
struct mist_arena_note {
  /* Where the free bytes began before it, and the object before it. */
  char *start;
  struct mist_arena_note *before;
  bool returned;
};

static OF_THREAD mist_edge *current;

static char *aligned(char *place, size_t alignment) {
  return (char *)(((uintptr_t)place + alignment - 1) / alignment * alignment);
}

mist_edge *mist_arena_make(void *memory, size_t size) {
  mist_edge *arena = (mist_edge *)aligned(memory, GRAIN);
  memset(arena, 0, sizeof *arena);
  arena->start = (char *)(arena + 1);
  arena->end = (char *)((uintptr_t)((char *)memory + size) / FLOAT_GRAIN * FLOAT_GRAIN);
  mist_arena_empty(arena, false);
  return arena;
}

void mist_arena_empty(mist_edge *arena, bool measuring) {
  arena->low = arena->start;
  arena->high = arena->end;
  arena->last = NULL;
  arena->most_objects = arena->most_floats = 0;
  arena->measuring = measuring;
  arena->object = NULL;
}

void mist_arena_enter(mist_edge *arena) { current = arena; }

/* Bytes of floats; counted below `end`, where there may be no memory, while they are only counted. */
static size_t float_bytes(size_t count) { return (count * sizeof(float) + FLOAT_GRAIN - 1) / FLOAT_GRAIN * FLOAT_GRAIN; }

float *mist_arena_floats(size_t count) {
  mist_edge *arena = current;
  const size_t bytes = float_bytes(count > 0 ? count : 1);
  if (!arena || (!arena->measuring && (size_t)(arena->high - arena->low) < bytes)) __builtin_trap();
  arena->high = (char *)((uintptr_t)arena->high - bytes);
  const size_t used = (uintptr_t)arena->end - (uintptr_t)arena->high;
  if (used > arena->most_floats) arena->most_floats = used;
  if (!arena->measuring) memset(arena->high, 0, bytes);
  return (float *)arena->high;
}

void mist_arena_return(float *floats, size_t count) {
  mist_edge *arena = current;
  if (arena && (char *)floats == arena->high) {
    arena->high = (char *)((uintptr_t)arena->high + float_bytes(count > 0 ? count : 1));
  }
}

char *mist_arena_mark(void) { return current ? current->high : NULL; }

void mist_arena_reset(char *mark) {
  if (current) current->high = mark;
}

int mist_arena_memalign(void **memory, size_t alignment, size_t size) {
  mist_edge *arena = current;
  if (!arena) return NO_MEMORY;
  if (alignment < GRAIN) alignment = GRAIN;
  char *limit = arena->measuring ? arena->end : arena->high;
  char *block = aligned(arena->low + sizeof(struct mist_arena_note), alignment);
  if (block > limit || (size_t)(limit - block) < size) return NO_MEMORY;
  struct mist_arena_note *note = (struct mist_arena_note *)block - 1;
  *note = (struct mist_arena_note){arena->low, arena->last, false};
  arena->last = note;
  arena->low = block + size;
  const size_t used = (size_t)(arena->low - arena->start);
  if (used > arena->most_objects) arena->most_objects = used;
  *memory = block;
  return 0;
}

void mist_arena_free(void *memory) {
  if (!memory || !current) return;
  ((struct mist_arena_note *)memory - 1)->returned = true;
  while (current->last && current->last->returned) {
    current->low = current->last->start;
    current->last = current->last->before;
  }
}

void mist_arena_random(void *bytes, size_t count) { memset(bytes, 0x5b, count); }
