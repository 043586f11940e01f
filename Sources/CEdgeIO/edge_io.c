#define _GNU_SOURCE
#include "CEdgeIO.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

mist_io_status mist_io_map(const char *path, const void **base, size_t *count) {
  *base = NULL;
  *count = 0;
  // Without O_NONBLOCK a pipe would block here until somebody writes to it.
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) {
    return errno == ENOENT || errno == ENOTDIR ? MIST_IO_NOT_FOUND : MIST_IO_UNREADABLE;
  }
  struct stat status;
  mist_io_status result = MIST_IO_UNREADABLE;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (uintmax_t)status.st_size <= SIZE_MAX / 2) {
    result = MIST_IO_OK;
    if (status.st_size > 0) {
      void *mapping = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
      if (mapping == MAP_FAILED) {
        result = MIST_IO_UNREADABLE;
      } else {
#ifdef MADV_NOHUGEPAGE
        // A file's huge page would count, and stay, for one sample of it.
        (void)madvise(mapping, (size_t)status.st_size, MADV_NOHUGEPAGE);
#endif
        *base = mapping;
        *count = (size_t)status.st_size;
      }
    }
  }
  close(fd);
  return result;
}

void mist_io_unmap(const void *base, size_t count) {
  if (base != NULL) munmap((void *)base, count);
}

void mist_io_release(const void *bytes, size_t count) {
  long size = sysconf(_SC_PAGESIZE);
  if (bytes == NULL || size <= 0) return;
  uintptr_t page = (uintptr_t)size;
  uintptr_t first = ((uintptr_t)bytes + page - 1) / page * page;
  uintptr_t end = ((uintptr_t)bytes + count) / page * page;
  if (first < end) (void)madvise((void *)first, end - first, MADV_DONTNEED);
}

int mist_io_write(int fd, const void *bytes, size_t count) {
  const char *next = bytes;
  while (count > 0) {
    ssize_t written = write(fd, next, count);
    if (written < 0) {
      if (errno == EINTR) continue;
      return -1;
    }
    next += written;
    count -= (size_t)written;
  }
  return 0;
}

int mist_io_same_file(const char *a, const char *b) {
  struct stat first, second;
  return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

int mist_io_is_folder(const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int mist_io_create(const char *folder, const char *path) {
  if (folder != NULL && mkdir(folder, 0777) != 0 && errno != EEXIST) return -1;
  // What a killed run left; never written through a link.
  if (unlink(path) != 0 && errno != ENOENT) return -1;
  return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

// Makes what became of the names in the folder of `name` durable, where a system lets a folder be opened for that: WASI does not.
static int sync_folder(const char *name) {
#ifdef __wasm__
  return (void)name, 0;
#else
  char folder[4096] = ".";
  size_t length = strlen(name);
  while (length > 0 && name[length - 1] != '/') length--;
  if (length >= sizeof folder) return 0;
  if (length > 0) {
    memcpy(folder, name, length);
    folder[length] = '\0';
  }
  int fd = open(folder, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  int synced = fsync(fd) == 0 || errno == EINVAL || errno == EBADF ? 0 : -1;
  (void)close(fd);
  return synced;
#endif
}

int mist_io_finish(int fd, const char *path, const char *name) {
  int synced = fsync(fd);
  int closed = close(fd);
  if (synced == 0 && closed == 0 && rename(path, name) == 0) return sync_folder(name);
  (void)unlink(path);
  return -1;
}

int mist_io_remove(const char *path) { return unlink(path) == 0 || errno == ENOENT ? sync_folder(path) : -1; }

void mist_io_discard(int fd, const char *path) {
  (void)close(fd);
  (void)unlink(path);
}

size_t mist_io_peak_resident(void) {
#ifdef __linux__
  // getrusage would count what the process was before exec, that is, its parent.
  char text[4096];
  int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length <= 0) return 0;
  text[length] = '\0';
  const char *digits = strstr(text, "VmHWM:");
  return digits == NULL ? 0 : (size_t)strtoul(digits + 6, NULL, 10) * 1024;
#else
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? (size_t)usage.ru_maxrss : 0;
#endif
}

uint64_t mist_io_nanoseconds(void) {
  struct timespec now;
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
