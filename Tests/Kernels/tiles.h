// AMX in plain C, as Intel's manual documents it (volume 2: LDTILECFG, TILELOADD, TILESTORED, TDPBUSD, TDPBF16PS): what the kernels
// of Dots/amx.h are compared through where no processor has it. Misuse that would raise #UD or #GP aborts.
#include <immintrin.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local struct {
  int configured;
  uint16_t row_bytes[8];
  uint8_t rows[8], bytes[8][16][64];
} tile_state;

static inline void tile_must(int holds) {
  if (!holds) abort();
}

static inline void twin_tile_config(const void *from) {
  const uint8_t *shape = from;
  tile_must(shape[0] == 1 && shape[1] == 0);
  for (int i = 2; i < 16; i++) tile_must(shape[i] == 0);
  for (int i = 0; i < 16; i++) {
    uint16_t row_bytes;
    memcpy(&row_bytes, shape + 16 + 2 * i, 2);
    const uint8_t rows = shape[48 + i];
    tile_must(i < 8 ? rows <= 16 && row_bytes <= 64 && !rows == !row_bytes : !rows && !row_bytes);
    if (i < 8) tile_state.rows[i] = rows, tile_state.row_bytes[i] = row_bytes;
  }
  memset(tile_state.bytes, 0, sizeof tile_state.bytes);
  tile_state.configured = 1;
}

static inline void twin_tile_zero(int tile) {
  tile_must(tile_state.configured && tile_state.rows[tile]);
  memset(tile_state.bytes[tile], 0, sizeof tile_state.bytes[tile]);
}

static inline void twin_tile_load(int tile, const void *from, size_t stride) {
  twin_tile_zero(tile);
  for (int i = 0; i < tile_state.rows[tile]; i++) {
    memcpy(tile_state.bytes[tile][i], (const char *)from + (size_t)i * stride, tile_state.row_bytes[tile]);
  }
}

static inline void twin_tile_store(int tile, void *to, size_t stride) {
  tile_must(tile_state.configured && tile_state.rows[tile]);
  for (int i = 0; i < tile_state.rows[tile]; i++) {
    memcpy((char *)to + (size_t)i * stride, tile_state.bytes[tile][i], tile_state.row_bytes[tile]);
  }
}

static inline float twin_tile_half(const uint8_t *at) {
  uint32_t bits = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 24;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

static inline void twin_tile_multiply(int sum, int x, int w, int halves) {
  tile_must(sum != x && sum != w && x != w);
  tile_must(tile_state.rows[sum] == tile_state.rows[x] && tile_state.row_bytes[sum] == tile_state.row_bytes[w]);
  tile_must(tile_state.row_bytes[x] / 4 == tile_state.rows[w]);
  for (int m = 0; m < tile_state.rows[sum]; m++) {
    for (int n = 0; n < tile_state.row_bytes[sum] / 4; n++) {
      uint8_t *at = tile_state.bytes[sum][m] + 4 * n;
      int32_t whole;
      float real;
      memcpy(&whole, at, 4);
      memcpy(&real, at, 4);
      for (int k = 0; k < tile_state.row_bytes[x] / 4; k++) {
        const uint8_t *a = tile_state.bytes[x][m] + 4 * k, *b = tile_state.bytes[w][k] + 4 * n;
        for (int i = 0; i < 4; i++) whole += a[i] * (int8_t)b[i];
        real += twin_tile_half(a) * twin_tile_half(b);
        real += twin_tile_half(a + 2) * twin_tile_half(b + 2);
      }
      memcpy(at, halves ? (void *)&real : (void *)&whole, 4);
    }
  }
}

#undef _tile_loadd
#undef _tile_stored
#undef _tile_zero
#undef _tile_dpbusd
#undef _tile_dpbf16ps
#define _tile_loadconfig(shape) twin_tile_config(shape)
#define _tile_release() (tile_state.configured = 0)
#define _tile_zero(tile) twin_tile_zero(tile)
#define _tile_loadd(tile, from, stride) twin_tile_load(tile, from, stride)
#define _tile_stored(tile, to, stride) twin_tile_store(tile, to, stride)
#define _tile_dpbusd(sum, x, w) twin_tile_multiply(sum, x, w, 0)
#define _tile_dpbf16ps(sum, x, w) twin_tile_multiply(sum, x, w, 1)
