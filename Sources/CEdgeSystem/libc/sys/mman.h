#ifndef MIST_SYS_MMAN_H
#define MIST_SYS_MMAN_H
#include <stddef.h>
#include <stdint.h>
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 0x20
#define MAP_POPULATE 0x8000
#define MAP_FAILED ((void *)-1)
#define MADV_DONTNEED 4
#define MADV_NOHUGEPAGE 15
void *mmap(void *at, size_t count, int access, int flags, int fd, int64_t offset);
int munmap(void *at, size_t count);
int madvise(void *at, size_t count, int advice);
#endif
