#ifndef MIST_ERRNO_H
#define MIST_ERRNO_H
extern int errno;
#define ENOENT 2
#define EINTR 4
#define EBADF 9
#define ENOMEM 12
#define EEXIST 17
#define ENOTDIR 20
#define EINVAL 22
#endif
