#include "CProcess.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Fixed tables that a signal handler may read at any moment. What finds no place is only not named, or left behind.
enum { MAPPINGS = 4096, TEMPORARIES = 256, PATH = 4096 };
enum { FREE, CHANGING, USED };

static struct {
  atomic_int state;
  const char *base;
  size_t count;
  char *path;
} mappings[MAPPINGS];

static struct {
  atomic_int state;
  char path[PATH];
} temporaries[TEMPORARIES];

static int take(atomic_int *state, int from) {
  return atomic_load_explicit(state, memory_order_relaxed) == from && atomic_compare_exchange_strong(state, &from, CHANGING);
}

void mist_process_mapped(const void *base, size_t count, const char *path) {
  if (base == NULL || count == 0) return;
  for (int i = 0; i < MAPPINGS; i++) {
    if (!take(&mappings[i].state, FREE)) continue;
    mappings[i].base = base;
    mappings[i].count = count;
    mappings[i].path = strdup(path);
    atomic_store(&mappings[i].state, mappings[i].path != NULL ? USED : FREE);
    return;
  }
}

void mist_process_unmapped(const void *base) {
  for (int i = 0; base != NULL && i < MAPPINGS; i++) {
    if (atomic_load(&mappings[i].state) != USED || mappings[i].base != base) continue;
    if (!take(&mappings[i].state, USED)) continue;
    free(mappings[i].path);
    atomic_store(&mappings[i].state, FREE);
    return;
  }
}

const char *mist_process_file_at(const void *address) {
  for (int i = 0; i < MAPPINGS; i++) {
    if (atomic_load(&mappings[i].state) != USED) continue;
    if ((uintptr_t)address - (uintptr_t)mappings[i].base < mappings[i].count) return mappings[i].path;
  }
  return NULL;
}

void mist_process_temporary(const char *path) {
  size_t length = strlen(path);
  if (length >= PATH) return;
  for (int i = 0; i < TEMPORARIES; i++) {
    if (!take(&temporaries[i].state, FREE)) continue;
    memcpy(temporaries[i].path, path, length + 1);
    atomic_store(&temporaries[i].state, USED);
    return;
  }
}

void mist_process_settled(const char *path) {
  for (int i = 0; i < TEMPORARIES; i++) {
    if (atomic_load(&temporaries[i].state) != USED || strcmp(temporaries[i].path, path) != 0) continue;
    atomic_store(&temporaries[i].state, FREE);
  }
}

void mist_process_clean(void) {
  // Files first: a folder is removed only when it is empty.
  for (int pass = 0; pass < 2; pass++) {
    for (int i = 0; i < TEMPORARIES; i++) {
      if (atomic_load(&temporaries[i].state) != USED) continue;
      if (pass == 0) {
        (void)unlink(temporaries[i].path);
      } else {
        (void)rmdir(temporaries[i].path);
      }
    }
  }
}
