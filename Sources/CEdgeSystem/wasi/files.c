#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wasi.h"

int errno;

// WASI's numbers of errors that are told apart; every other is its own.
static int as_c(int error) {
  if (error == 0) return 0;
  errno = error == 44 ? ENOENT : error == 54 ? ENOTDIR : error == 20 ? EEXIST : error == 8 ? EBADF : error == 27 ? EINTR : 1000 + error;
  return -1;
}

// Where a path is: the longest folder given to the program that it lies in, and the path from there.
struct place {
  int folder;
  const char *path;
  size_t length;
};

static int place_of(const char *path, struct place *found) {
  struct wasi_folder folder;
  size_t longest = 0;
  found->folder = -1;
  for (int fd = 3; wasi_fd_prestat_get(fd, &folder) == 0; fd++) {
    char name[256];
    size_t length = folder.length;
    if (folder.type != 0 || length > sizeof name || wasi_fd_prestat_dir_name(fd, name, length) != 0) continue;
    while (length && (name[length - 1] == '/' || name[length - 1] == 0)) length--;
    if (length == 1 && name[0] == '.') length = 0;
    const int is_root = folder.length && name[0] == '/' && length == 0;
    const int is_inside = length ? memcmp(path, name, strlen(path) < length ? strlen(path) : length) == 0 &&
                                       strlen(path) >= length && (path[length] == '/' || path[length] == 0)
                                 : is_root == (path[0] == '/');
    if (!is_inside || (found->folder >= 0 && length < longest)) continue;
    longest = length;
    found->folder = fd;
    found->path = path + length;
  }
  if (found->folder < 0) return as_c(44);
  while (*found->path == '/') found->path++;
  if (!*found->path) found->path = ".";
  found->length = strlen(found->path);
  return 0;
}

int open(const char *path, int flags, ...) {
  struct place p;
  int fd = -1;
  const uint64_t read = 1 << 1 | 1 << 2 | 1 << 21, write = 1 << 6 | 1 << 0 | 1 << 4 | 1 << 21;
  const int how = (flags & O_CREAT ? 1 : 0) | (flags & O_EXCL ? 4 : 0);
  if (place_of(path, &p) != 0) return -1;
  return as_c(wasi_path_open(p.folder, !(flags & O_EXCL), p.path, p.length, how, flags & O_WRONLY ? write : read, 0, 0, &fd)) == 0 ? fd : -1;
}

int fcntl(int fd, int command, ...) { return (void)fd, (void)command, 0; }

ssize_t read(int fd, void *bytes, size_t count) {
  size_t done = 0;
  return as_c(wasi_fd_read(fd, &(struct wasi_part){bytes, count}, 1, &done)) == 0 ? (ssize_t)done : -1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  size_t done = 0;
  return as_c(wasi_fd_write(fd, &(struct wasi_part){bytes, count}, 1, &done)) == 0 ? (ssize_t)done : -1;
}

int close(int fd) { return as_c(wasi_fd_close(fd)); }
int fsync(int fd) { return as_c(wasi_fd_sync(fd)); }

int unlink(const char *path) {
  struct place p;
  return place_of(path, &p) == 0 ? as_c(wasi_path_unlink_file(p.folder, p.path, p.length)) : -1;
}

int rmdir(const char *path) {
  struct place p;
  return place_of(path, &p) == 0 ? as_c(wasi_path_remove_directory(p.folder, p.path, p.length)) : -1;
}

int mkdir(const char *path, unsigned mode) {
  struct place p;
  (void)mode;
  return place_of(path, &p) == 0 ? as_c(wasi_path_create_directory(p.folder, p.path, p.length)) : -1;
}

int rename(const char *from, const char *to) {
  struct place a, b;
  if (place_of(from, &a) != 0 || place_of(to, &b) != 0) return -1;
  return as_c(wasi_path_rename(a.folder, a.path, a.length, b.folder, b.path, b.length));
}

static int found_as_c(int error, const struct wasi_file *file, struct stat *found) {
  if (as_c(error) != 0) return -1;
  *found = (struct stat){file->device, file->inode, file->type == 4 ? 0100000 : file->type == 3 ? 0040000 : 0, (int64_t)file->size};
  return 0;
}

int fstat(int fd, struct stat *found) {
  struct wasi_file file;
  return found_as_c(wasi_fd_filestat_get(fd, &file), &file, found);
}

int stat(const char *path, struct stat *found) {
  struct place p;
  struct wasi_file file;
  if (place_of(path, &p) != 0) return -1;
  return found_as_c(wasi_path_filestat_get(p.folder, 1, p.path, p.length, &file), &file, found);
}
