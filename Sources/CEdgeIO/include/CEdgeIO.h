#ifndef MIST_EDGE_IO_H
#define MIST_EDGE_IO_H

#include <stddef.h>
#include <stdint.h>

// What the runtime's command line needs of an operating system, behind types that Embedded Swift can import anywhere.

/// What became of an attempt to map a file.
typedef enum mist_io_status {
  MIST_IO_OK = 0,
  MIST_IO_NOT_FOUND = 1,
  MIST_IO_UNREADABLE = 2,
} mist_io_status;

/// Maps the regular file at `path` read-only. An empty file gives a null base and a count of 0.
mist_io_status mist_io_map(const char *path, const void **base, size_t *count);

/// Ends a mapping; its bytes must not be read afterwards.
void mist_io_unmap(const void *base, size_t count);

/// Tells that `count` bytes at `bytes`, within a mapping, have been read: the whole pages among them leave this process's
/// resident memory, and come back from the file if they are read again.
void mist_io_release(const void *bytes, size_t count);

/// Writes all of `bytes` to descriptor `fd`; 0 when that worked.
int mist_io_write(int fd, const void *bytes, size_t count);

/// Whether both paths lead to the same file.
int mist_io_same_file(const char *a, const char *b);

/// Whether there is a folder at `path`, which no file takes the place of.
int mist_io_is_folder(const char *path);

/// Makes the folder `folder`, if any, unless it is there, and a new, empty file at `path` for writing; a descriptor, or -1.
int mist_io_create(const char *folder, const char *path);

/// Makes what was written to `fd` durable, closes it, renames the file from `path` to `name` and makes that durable; 0 when that worked, else
/// the file is removed, unless it has its name by then.
int mist_io_finish(int fd, const char *path, const char *name);

/// Closes `fd` and removes the file at `path`.
void mist_io_discard(int fd, const char *path);

/// Removes the file at `path`, where there is one, for good; 0 when that worked.
int mist_io_remove(const char *path);

/// Peak resident memory of this process in bytes, 0 when unknown.
size_t mist_io_peak_resident(void);

/// A monotonic clock in nanoseconds.
uint64_t mist_io_nanoseconds(void);

#endif
