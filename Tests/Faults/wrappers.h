// The functions in libc's place: each asks whether it fails, and otherwise is what it was.
#define REAL(result, name, parameters)                                                      \
  static result(*real) parameters;                                                          \
  if (!real) real = (result(*) parameters)dlsym(RTLD_NEXT, #name)
#define WRAP(result, failure, name, parameters, arguments, path, fd)                        \
  result name parameters {                                                                  \
    REAL(result, name, parameters);                                                         \
    look(path);                                                                             \
    return fails(number_##name, path, fd) ? failure : real arguments;                       \
  }
#define PATH_CALL(result, failure, name, parameters, arguments) \
  WRAP(result, failure, name, parameters, arguments, path, -1)
#define BELOW_CALL PATH_CALL
#define DESCRIPTOR_CALL(result, failure, name, parameters, arguments) \
  WRAP(result, failure, name, parameters, arguments, NULL, fd)
#define FOLDER_CALL(result, failure, name, parameters, arguments) \
  WRAP(result, failure, name, parameters, arguments, NULL, dirfd(folder))
// A stream remembers that it failed.
#define STREAM_CALL(result, failure, name, parameters, arguments)                           \
  result name parameters {                                                                  \
    REAL(result, name, parameters);                                                         \
    if (!fails(number_##name, NULL, stream ? fileno(stream) : -1)) return real arguments;   \
    if (stream) stream->_flags |= 0x20;                                                     \
    return failure;                                                                         \
  }
#pragma GCC diagnostic ignored "-Wnonnull-compare"
#include "calls.h"

static mode_t mode_of(int flags, va_list list) {
  return flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0;
}

#define OPEN_CALL(name)                                                                     \
  int name(const char *path, int flags, ...) {                                              \
    REAL(int, name, (const char *, int, ...));                                              \
    va_list list;                                                                           \
    va_start(list, flags);                                                                  \
    mode_t mode = mode_of(flags, list);                                                     \
    va_end(list);                                                                           \
    look(path);                                                                             \
    return fails(number_##name, path, -1) ? -1 : real(path, flags, mode);                   \
  }
#define OPENAT_CALL(name)                                                                   \
  int name(int fd, const char *path, int flags, ...) {                                      \
    REAL(int, name, (int, const char *, int, ...));                                         \
    va_list list;                                                                           \
    va_start(list, flags);                                                                  \
    mode_t mode = mode_of(flags, list);                                                     \
    va_end(list);                                                                           \
    look(path);                                                                             \
    return fails(number_##name, path, -1) ? -1 : real(fd, path, flags, mode);               \
  }
OPEN_CALL(open)
OPEN_CALL(open64)
OPENAT_CALL(openat)
OPENAT_CALL(openat64)

// A close that fails has closed all the same.
int close(int fd) {
  REAL(int, close, (int));
  int failed = fails(number_close, NULL, fd), result = real(fd);
  if (failed) errno = reason;
  return failed ? -1 : result;
}

// Files only: memory that the language's runtime itself cannot get is another matter.
void *mmap(void *address, size_t count, int protection, int flags, int fd, off_t offset) {
  REAL(void *, mmap, (void *, size_t, int, int, int, off_t));
  if (fd >= 0 && fails(number_mmap, NULL, fd)) return MAP_FAILED;
  return real(address, count, protection, flags, fd, offset);
}
void *mmap64(void *, size_t, int, int, int, off_t) __attribute__((alias("mmap")));

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  REAL(int, pthread_create, (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *));
  if (fails(number_pthread_create, NULL, -1)) return reason;
  return real(thread, attributes, body, argument);
}

// The language's runtime ends the process where it gets none.
extern void *__libc_malloc(size_t);
void *malloc(size_t count) { return fails(number_malloc, NULL, -1) ? NULL : __libc_malloc(count); }
