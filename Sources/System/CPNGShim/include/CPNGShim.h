// libpng reports errors by longjmp, which Swift cannot receive: this shim turns them into return values.
// It also fixes the only transformations used, so that what comes out is raw samples: no gamma, no colour
// management, no blending.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct mist_png mist_png;

typedef struct {
  uint32_t width;
  uint32_t height;
  /// Bits of one stored sample: 1, 2, 4, 8 or 16.
  int bit_depth;
  /// Samples of one pixel as read: 1 (grey or palette index) or 3. Alpha is dropped.
  int channels;
  /// Bytes of one sample as read: 2 (big-endian) for 16-bit grey without alpha, else 1. Other 16-bit samples
  /// keep their high byte.
  int sample_bytes;
  /// Whether samples are indices into `palette`.
  int indexed;
  /// Whether the file has an alpha channel, which is dropped.
  int alpha;
  /// RGB triples; entries that the file does not define are black.
  uint8_t palette[256 * 3];
} mist_png_info;

/// Reads everything before the pixels. Returns NULL on failure and puts a sentence into `message`.
mist_png *mist_png_open(
    const uint8_t *bytes, size_t count, mist_png_info *info, char *message, size_t message_size);

/// Reads all pixels, row after row without padding: height × width × channels × sample_bytes bytes.
/// Returns 0, or 1 on failure with a sentence in `message`; 2 when the file ends too early.
int mist_png_read(mist_png *png, uint8_t *pixels, char *message, size_t message_size);

void mist_png_close(mist_png *png);

/// Encodes rows without padding as a PNG in memory: with a palette of `entries` RGB triples, `pixels` holds
/// height × width indices, without one (NULL) height × width × 3 samples. Returns the bytes, to be freed with
/// `mist_png_free`, and their number; NULL on failure with a sentence in `message`.
uint8_t *mist_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, const uint8_t *palette, int entries, size_t *count,
    char *message, size_t message_size);

void mist_png_free(uint8_t *bytes);
