#ifndef MIST_STDIO_H
#define MIST_STDIO_H
#include <stddef.h>
int rename(const char *from, const char *to);
#endif
