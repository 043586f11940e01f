#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call.h"

int errno;

// Paths are relative to the working folder.
#define HERE -100

int open(const char *path, int flags, ...) {
  unsigned mode = 0;
  if (flags & O_CREAT) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, unsigned);
    va_end(rest);
  }
#if defined(__arm__)
  flags |= 0400000;  // files of 2 GiB and more
#endif
  return (int)as_c(CALL4(OPENAT, HERE, path, flags, mode));
}

int fcntl(int fd, int command, ...) { return (int)as_c(CALL3(FCNTL, fd, command, 0)); }
ssize_t read(int fd, void *bytes, size_t count) { return as_c(CALL3(READ, fd, bytes, count)); }
ssize_t write(int fd, const void *bytes, size_t count) { return as_c(CALL3(WRITE, fd, bytes, count)); }
int close(int fd) { return (int)as_c(CALL3(CLOSE, fd, 0, 0)); }
int fsync(int fd) { return (int)as_c(CALL3(FSYNC, fd, 0, 0)); }
int unlink(const char *path) { return (int)as_c(CALL3(UNLINKAT, HERE, path, 0)); }
int rmdir(const char *path) { return (int)as_c(CALL3(UNLINKAT, HERE, path, 0x200)); }
int mkdir(const char *path, unsigned mode) { return (int)as_c(CALL3(MKDIRAT, HERE, path, mode)); }
int rename(const char *from, const char *to) { return (int)as_c(CALL6(RENAMEAT, HERE, from, HERE, to, 0, 0)); }

// The kernel's struct statx, whose layout is one on every processor.
struct statx {
  uint32_t mask, block;
  uint64_t attributes;
  uint32_t links, user, group;
  uint16_t mode, spare;
  uint64_t inode, size, blocks, known;
  uint64_t times[8];
  uint32_t device_major, device_minor, major, minor;
  uint64_t more[14];
};

static int statx(int fd, const char *path, int flags, struct stat *found) {
  struct statx x;
  if (as_c(CALL6(STATX, fd, path, flags, 0x7ff, &x, 0)) != 0) return -1;
  found->st_dev = (uint64_t)x.major << 32 | x.minor;
  found->st_ino = x.inode;
  found->st_mode = x.mode;
  found->st_size = (int64_t)x.size;
  return 0;
}

int fstat(int fd, struct stat *found) { return statx(fd, "", 0x1000, found); }
int stat(const char *path, struct stat *found) { return statx(HERE, path, 0, found); }
