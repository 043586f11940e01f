#ifndef MIST_UNISTD_H
#define MIST_UNISTD_H
#include <stddef.h>
typedef ptrdiff_t ssize_t;
#define STDERR_FILENO 2
#define _SC_PAGESIZE 30
ssize_t read(int fd, void *bytes, size_t count);
ssize_t write(int fd, const void *bytes, size_t count);
int close(int fd);
int fsync(int fd);
int unlink(const char *path);
int rmdir(const char *path);
long sysconf(int name);
_Noreturn void _exit(int status);
#endif
