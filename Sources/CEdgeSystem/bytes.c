#include <stdlib.h>
#include <string.h>

// Loops that the compiler must not turn into calls of themselves.
#define PLAIN __attribute__((no_builtin))

typedef unsigned long word __attribute__((aligned(1), may_alias));

PLAIN void *memmove(void *to, const void *from, size_t count) {
  unsigned char *out = to;
  const unsigned char *in = from;
  size_t i = 0;
  if (out <= in || out >= in + count) {
    for (; i + sizeof(word) <= count; i += sizeof(word)) *(word *)(out + i) = *(const word *)(in + i);
    for (; i < count; i++) out[i] = in[i];
  } else {
    for (i = count; i >= sizeof(word); i -= sizeof(word)) *(word *)(out + i - sizeof(word)) = *(const word *)(in + i - sizeof(word));
    for (; i; i--) out[i - 1] = in[i - 1];
  }
  return to;
}

PLAIN void *memcpy(void *restrict to, const void *restrict from, size_t count) { return memmove(to, from, count); }

PLAIN void *memset(void *to, int value, size_t count) {
  unsigned char *out = to;
  const word all = ~(unsigned long)0 / 255 * (unsigned char)value;
  size_t i = 0;
  for (; i + sizeof(word) <= count; i += sizeof(word)) *(word *)(out + i) = all;
  for (; i < count; i++) out[i] = (unsigned char)value;
  return to;
}

PLAIN int memcmp(const void *a, const void *b, size_t count) {
  const unsigned char *x = a, *y = b;
  for (size_t i = 0; i < count; i++) {
    if (x[i] != y[i]) return x[i] - y[i];
  }
  return 0;
}

PLAIN size_t strlen(const char *text) {
  size_t count = 0;
  while (text[count]) count++;
  return count;
}

int strcmp(const char *a, const char *b) {
  for (; *a && *a == *b; a++) b++;
  return (unsigned char)*a - (unsigned char)*b;
}

char *strstr(const char *text, const char *part) {
  const size_t count = strlen(part);
  for (size_t left = strlen(text); left >= count; text++, left--) {
    if (memcmp(text, part, count) == 0) return (char *)text;
  }
  return NULL;
}

char *strdup(const char *text) {
  const size_t count = strlen(text) + 1;
  char *copy = malloc(count);
  return copy ? memcpy(copy, text, count) : NULL;
}

unsigned long strtoul(const char *text, char **end, int base) {
  unsigned long value = 0;
  while (*text == ' ' || *text == '\t') text++;
  for (; *text >= '0' && *text < '0' + base; text++) value = value * (unsigned long)base + (unsigned long)(*text - '0');
  if (end) *end = (char *)text;
  return value;
}

#if defined(__arm__)
// What the processor's own conventions call the above.
void __aeabi_memcpy(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memcpy4(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memcpy8(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memmove(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memmove4(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memmove8(void *to, const void *from, size_t count) { memmove(to, from, count); }
void __aeabi_memset(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memset4(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memset8(void *to, size_t count, int value) { memset(to, value, count); }
void __aeabi_memclr(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memclr4(void *to, size_t count) { memset(to, 0, count); }
void __aeabi_memclr8(void *to, size_t count) { memset(to, 0, count); }
#endif
