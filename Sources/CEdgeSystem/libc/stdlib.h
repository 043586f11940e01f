#ifndef MIST_STDLIB_H
#define MIST_STDLIB_H
#include <stddef.h>
int posix_memalign(void **memory, size_t alignment, size_t size);
void *malloc(size_t size);
void free(void *memory);
unsigned long strtoul(const char *text, char **end, int base);
#endif
