#ifndef MIST_FCNTL_H
#define MIST_FCNTL_H
// Of x86-64, aarch64, arm and riscv64 alike.
#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_CREAT 0100
#define O_EXCL 0200
#define O_NONBLOCK 04000
#define O_CLOEXEC 02000000
#define F_GETFD 1
int open(const char *path, int flags, ...);
int fcntl(int fd, int command, ...);
#endif
