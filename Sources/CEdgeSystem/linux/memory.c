#include <sys/mman.h>

#include "call.h"

void *mmap(void *at, size_t count, int access, int flags, int fd, int64_t offset) {
#if defined(__arm__)
  offset /= 4096;
#endif
  return (void *)as_c(CALL6(MMAP, at, count, access, flags, fd, offset));
}

int munmap(void *at, size_t count) { return (int)as_c(CALL3(MUNMAP, at, count, 0)); }
int madvise(void *at, size_t count, int advice) { return (int)as_c(CALL3(MADVISE, at, count, advice)); }
