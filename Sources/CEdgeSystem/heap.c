#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// The heap of one thread. Before every block lies what it is: a size class below SMALLEST << CLASSES, whose free blocks are chained, or
// the size of a mapping of its own.
#define SMALLEST 32
#define CLASSES 12
#define CHUNK ((size_t)1 << 17)

struct note {
  // Of a mapping its start and bytes; of a block of a class NULL and the class.
  void *mapping;
  size_t size;
};

static void *chains[CLASSES];
static char *rest;
static size_t left;

static void *map(size_t count, int more) {
  void *memory = mmap(NULL, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | more, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

static struct note *note_of(void *memory) { return (struct note *)memory - 1; }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  size_t all, mapped;
  if (alignment < sizeof(struct note)) alignment = sizeof(struct note);
  if (__builtin_add_overflow(size, alignment, &all)) return ENOMEM;
  size_t class = 0;
  while (class < CLASSES && (size_t)SMALLEST << class < all) class++;
  char *start = NULL;
  if (class == CLASSES) {
    if (__builtin_add_overflow(all, sizeof(struct note), &mapped)) return ENOMEM;
    // Whoever asks for so much writes to all of it: one call for its pages instead of a fault for each.
    start = map(mapped, MAP_POPULATE);
    if (!start) return ENOMEM;
    char *block = (char *)(((uintptr_t)start + sizeof(struct note) + alignment - 1) / alignment * alignment);
    *note_of(block) = (struct note){start, mapped};
    *memory = block;
    return 0;
  }
  // A chained block was aligned to all that its class may ask for.
  if (alignment <= sizeof(struct note) && chains[class]) {
    *memory = chains[class];
    chains[class] = *(void **)*memory;
    return 0;
  }
  const size_t room = ((size_t)SMALLEST << class) + alignment + sizeof(struct note);
  if (left < room) {
    rest = map(CHUNK, 0);
    left = rest ? CHUNK : 0;
    if (left < room) return ENOMEM;
  }
  char *block = (char *)(((uintptr_t)rest + sizeof(struct note) + alignment - 1) / alignment * alignment);
  const size_t used = (size_t)(block - rest) + ((size_t)SMALLEST << class);
  rest += used;
  left -= used;
  *note_of(block) = (struct note){NULL, class};
  *memory = block;
  return 0;
}

void *malloc(size_t size) {
  void *memory;
  return posix_memalign(&memory, sizeof(struct note), size) == 0 ? memory : NULL;
}

void free(void *memory) {
  if (!memory) return;
  const struct note note = *note_of(memory);
  if (note.mapping) {
    munmap(note.mapping, note.size);
  } else {
    *(void **)memory = chains[note.size];
    chains[note.size] = memory;
  }
}
