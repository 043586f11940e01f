#include "CPNGShim.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
  char message[160];
} output;

static void on_error(png_structp png, png_const_charp text) {
  output *self = png_get_error_ptr(png);
  strncpy(self->message, text ? text : "unknown error", sizeof self->message - 1);
  longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void write_bytes(png_structp png, png_bytep from, size_t count) {
  output *self = png_get_io_ptr(png);
  if (count > self->capacity - self->count) {
    size_t capacity = self->capacity * 2 + count;
    uint8_t *bytes = realloc(self->bytes, capacity);
    if (!bytes) png_error(png, "out of memory");
    self->bytes = bytes;
    self->capacity = capacity;
  }
  memcpy(self->bytes + self->count, from, count);
  self->count += count;
}

static void flush_bytes(png_structp png) { (void)png; }

void mist_png_free(uint8_t *bytes) { free(bytes); }

uint8_t *mist_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, const uint8_t *palette, int entries, size_t *count,
    char *message, size_t message_size) {
  output self = {0};
  strcpy(self.message, "out of memory");
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &self, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info || setjmp(png_jmpbuf(png))) {
    if (message_size > 0) {
      strncpy(message, self.message, message_size - 1);
      message[message_size - 1] = 0;
    }
    if (png) png_destroy_write_struct(&png, &info);
    free(self.bytes);
    return NULL;
  }
  png_set_write_fn(png, &self, write_bytes, flush_bytes);
  // Fixed, so that the same pixels give the same file. Filters help photographs and harm indices.
  png_set_compression_level(png, 6);
  png_set_filter(png, 0, palette ? PNG_FILTER_NONE : PNG_ALL_FILTERS);
  png_set_IHDR(
      png, info, width, height, 8, palette ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (palette) {
    png_color colors[256];
    int used = entries < 256 ? entries : 256;
    for (int i = 0; i < used; i++) {
      colors[i] = (png_color){palette[3 * i], palette[3 * i + 1], palette[3 * i + 2]};
    }
    png_set_PLTE(png, info, colors, used);
  }
  png_write_info(png, info);
  size_t row = (size_t)width * (palette ? 1 : 3);
  for (uint32_t y = 0; y < height; y++) png_write_row(png, pixels + y * row);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  *count = self.count;
  return self.bytes;
}
