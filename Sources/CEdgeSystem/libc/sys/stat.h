#ifndef MIST_SYS_STAT_H
#define MIST_SYS_STAT_H
#include <stdint.h>
// What the runtime asks of a file.
struct stat {
  uint64_t st_dev, st_ino;
  uint32_t st_mode;
  int64_t st_size;
};
#define S_ISDIR(mode) (((mode)&0170000) == 0040000)
#define S_ISREG(mode) (((mode)&0170000) == 0100000)
int fstat(int fd, struct stat *found);
int stat(const char *path, struct stat *found);
int mkdir(const char *path, unsigned mode);
#endif
