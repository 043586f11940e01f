#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

// The machine's memory only grows: regions that end are kept, each with its pages, for those that come.
#define PAGE ((size_t)65536)

struct region {
  struct region *next;
  size_t pages;
};

static struct region *kept;

static size_t pages_of(size_t count) { return count / PAGE + (count % PAGE != 0); }

static void keep(void *at, size_t pages) {
  struct region *region = at;
  *region = (struct region){kept, pages};
  kept = region;
}

static void *region_of(size_t pages) {
  for (struct region **at = &kept; *at; at = &(*at)->next) {
    struct region *region = *at;
    if (region->pages < pages) continue;
    *at = region->next;
    if (region->pages > pages) keep((char *)region + pages * PAGE, region->pages - pages);
    return region;
  }
  const size_t first = __builtin_wasm_memory_grow(0, pages);
  return first == (size_t)-1 ? MAP_FAILED : (void *)(first * PAGE);
}

// A file is read instead of mapped. Other memory is not zeroed.
void *mmap(void *at, size_t count, int access, int flags, int fd, int64_t offset) {
  (void)at, (void)access, (void)offset;
  char *memory = region_of(pages_of(count));
  if (memory == MAP_FAILED || flags & MAP_ANONYMOUS) return memory;
  for (size_t done = 0; done < count;) {
    const ssize_t some = read(fd, memory + done, count - done);
    if (some <= 0) {
      munmap(memory, count);
      return MAP_FAILED;
    }
    done += (size_t)some;
  }
  return memory;
}

int munmap(void *at, size_t count) {
  if (count) keep(at, pages_of(count));
  return 0;
}

int madvise(void *at, size_t count, int advice) { return (void)at, (void)count, (void)advice, 0; }
