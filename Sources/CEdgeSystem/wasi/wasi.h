// Calls of WASI, preview 1. Each gives 0 or an error's number.
#ifndef MIST_WASI_H
#define MIST_WASI_H
#include <stddef.h>
#include <stdint.h>

#define WASI(name) __attribute__((import_module("wasi_snapshot_preview1"), import_name(#name)))

struct wasi_part {
  const void *bytes;
  size_t count;
};
struct wasi_file {
  uint64_t device, inode;
  uint8_t type;
  uint64_t links, size, times[3];
};
struct wasi_folder {
  uint8_t type;
  size_t length;
};

WASI(args_sizes_get) int wasi_args_sizes_get(size_t *count, size_t *bytes);
WASI(args_get) int wasi_args_get(char **words, char *bytes);
WASI(clock_time_get) int wasi_clock_time_get(int clock, uint64_t precision, uint64_t *now);
WASI(random_get) int wasi_random_get(void *bytes, size_t count);
WASI(proc_exit) _Noreturn void wasi_proc_exit(int status);
WASI(fd_close) int wasi_fd_close(int fd);
WASI(fd_read) int wasi_fd_read(int fd, const struct wasi_part *parts, size_t count, size_t *done);
WASI(fd_write) int wasi_fd_write(int fd, const struct wasi_part *parts, size_t count, size_t *done);
WASI(fd_sync) int wasi_fd_sync(int fd);
WASI(fd_filestat_get) int wasi_fd_filestat_get(int fd, struct wasi_file *found);
WASI(fd_prestat_get) int wasi_fd_prestat_get(int fd, struct wasi_folder *found);
WASI(fd_prestat_dir_name) int wasi_fd_prestat_dir_name(int fd, char *name, size_t length);
WASI(path_open)
int wasi_path_open(
    int folder, int follow, const char *path, size_t length, int how, uint64_t rights, uint64_t inherited, int flags, int *fd);
WASI(path_filestat_get)
int wasi_path_filestat_get(int folder, int follow, const char *path, size_t length, struct wasi_file *found);
WASI(path_create_directory) int wasi_path_create_directory(int folder, const char *path, size_t length);
WASI(path_remove_directory) int wasi_path_remove_directory(int folder, const char *path, size_t length);
WASI(path_unlink_file) int wasi_path_unlink_file(int folder, const char *path, size_t length);
WASI(path_rename)
int wasi_path_rename(int folder, const char *path, size_t length, int to, const char *name, size_t name_length);
#endif
