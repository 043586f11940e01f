#include "CProcess.h"

// Bytes of the UTF-8 character at `bytes` with its number, or 0.
static size_t decode(const uint8_t *bytes, size_t count, uint32_t *scalar) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  uint8_t lead = bytes[0];
  size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length == 0 || length > count) return 0;
  uint32_t value = length == 1 ? lead : lead & (0x7fu >> length);
  for (size_t i = 1; i < length; i++) {
    if ((bytes[i] & 0xc0) != 0x80) return 0;
    value = value << 6 | (bytes[i] & 0x3f);
  }
  if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return 0;
  *scalar = value;
  return length;
}

static int is_control(uint32_t scalar) {
  return scalar < 0x20 || (scalar >= 0x7f && scalar < 0xa0) || scalar == 0x61c || scalar == 0x200e || scalar == 0x200f ||
         (scalar >= 0x2028 && scalar <= 0x202e) || (scalar >= 0x2066 && scalar <= 0x2069);
}

size_t mist_shown(const uint8_t **next, const uint8_t *end, uint8_t buffer[10], const uint8_t **text) {
  static const char digits[] = "0123456789abcdef";
  uint32_t scalar = 0;
  uint8_t first = **next;
  size_t length = decode(*next, (size_t)(end - *next), &scalar);
  *text = *next;
  *next += length > 0 ? length : 1;
  if (length > 0 && !is_control(scalar)) return length;
  *text = buffer;
  size_t count = 0;
  buffer[count++] = '\\';
  if (length == 0) {
    buffer[count++] = 'x';
    buffer[count++] = (uint8_t)digits[first >> 4];
    buffer[count++] = (uint8_t)digits[first & 15];
    return count;
  }
  buffer[count++] = 'u';
  buffer[count++] = '{';
  int shift = 12;
  while (shift > 0 && scalar >> shift == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) buffer[count++] = (uint8_t)digits[scalar >> shift & 15];
  buffer[count++] = '}';
  return count;
}
