#include "CPNGShim.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

struct mist_png {
  png_structp png;
  png_infop info;
  const uint8_t *bytes;
  size_t count;
  size_t position;
  int ended;
  size_t row_bytes;
  uint32_t height;
  png_bytep *rows;
  char message[160];
};

static void on_error(png_structp png, png_const_charp text) {
  mist_png *self = png_get_error_ptr(png);
  strncpy(self->message, text ? text : "unknown error", sizeof self->message - 1);
  longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep to, size_t count) {
  mist_png *self = png_get_io_ptr(png);
  if (count > self->count - self->position) {
    self->ended = 1;
    png_error(png, "the file ends too early");
  }
  memcpy(to, self->bytes + self->position, count);
  self->position += count;
}

static void report(const mist_png *self, char *message, size_t size) {
  if (size == 0) return;
  strncpy(message, self->message, size - 1);
  message[size - 1] = 0;
}

void mist_png_close(mist_png *self) {
  if (!self) return;
  if (self->png) png_destroy_read_struct(&self->png, &self->info, NULL);
  free(self->rows);
  free(self);
}

mist_png *mist_png_open(
    const uint8_t *bytes, size_t count, mist_png_info *info, char *message, size_t message_size) {
  mist_png *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->bytes = bytes;
  self->count = count;
  strcpy(self->message, "out of memory");
  self->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, self, on_error, on_warning);
  if (self->png) self->info = png_create_info_struct(self->png);
  if (!self->info || setjmp(png_jmpbuf(self->png))) {
    report(self, message, message_size);
    mist_png_close(self);
    return NULL;
  }
  png_set_benign_errors(self->png, 1);
  png_set_read_fn(self->png, self, read_bytes);
  // Whoever wants it reads it from the file; libpng reserves the length that the chunk claims, up to 2 GiB.
  png_set_keep_unknown_chunks(self->png, PNG_HANDLE_CHUNK_NEVER, (png_const_bytep) "eXIf", 1);
  png_read_info(self->png, self->info);

  memset(info, 0, sizeof *info);
  int color = png_get_color_type(self->png, self->info);
  info->width = png_get_image_width(self->png, self->info);
  info->height = png_get_image_height(self->png, self->info);
  info->bit_depth = png_get_bit_depth(self->png, self->info);
  info->indexed = color == PNG_COLOR_TYPE_PALETTE;
  info->alpha = (color & PNG_COLOR_MASK_ALPHA) != 0;
  info->channels = color & PNG_COLOR_MASK_COLOR && !info->indexed ? 3 : 1;
  info->sample_bytes = info->bit_depth == 16 && color == PNG_COLOR_TYPE_GRAY ? 2 : 1;
  if (info->indexed) {
    png_colorp palette = NULL;
    int entries = 0;
    png_get_PLTE(self->png, self->info, &palette, &entries);
    for (int i = 0; palette && i < entries && i < 256; i++) {
      info->palette[3 * i] = palette[i].red;
      info->palette[3 * i + 1] = palette[i].green;
      info->palette[3 * i + 2] = palette[i].blue;
    }
  }
  if (info->bit_depth < 8) png_set_packing(self->png);
  if (info->bit_depth == 16 && info->sample_bytes == 1) png_set_strip_16(self->png);
  if (color & PNG_COLOR_MASK_ALPHA) png_set_strip_alpha(self->png);
  png_set_interlace_handling(self->png);
  png_read_update_info(self->png, self->info);
  self->height = info->height;
  self->row_bytes = (size_t)info->width * info->channels * info->sample_bytes;
  if (png_get_rowbytes(self->png, self->info) != self->row_bytes) png_error(self->png, "unexpected row size");
  return self;
}

int mist_png_read(mist_png *self, uint8_t *pixels, char *message, size_t message_size) {
  self->rows = malloc(sizeof *self->rows * self->height);
  if (!self->rows || setjmp(png_jmpbuf(self->png))) {
    report(self, message, message_size);
    return self->ended ? 2 : 1;
  }
  for (uint32_t y = 0; y < self->height; y++) self->rows[y] = pixels + y * self->row_bytes;
  png_read_image(self->png, self->rows);
  return 0;
}
