// Tiles of AMX: 32 rows by two vectors at a time, of the panels of avx512.h. One instruction multiplies 16 rows of 16 groups by as
// many columns; a row of a tile is 64 bytes. No machine of this project's runs it: it is compared with the plain twin through
// Tests/Kernels/tiles.h, which does in C what the instructions are documented to do (Intel's manual, volume 2, chapter on AMX), and
// is used only where it finds what AVX-512 finds (`mist_amx_agrees`).
#ifdef MIST_TILES
#include MIST_TILES
#else
#include <immintrin.h>
#endif

#define AMX_TARGET(type) __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,amx-tile," type)))

struct amx_shape {
  uint8_t palette, start, zero[14];
  uint16_t row_bytes[16];
  uint8_t rows[16];
};

// Sums are tiles 0 to 3 (rows 0…15 and 16…31 of either vector), activations 4 and 5, weights 6 and 7.
static struct amx_shape amx_shape_of(size_t rows) {
  struct amx_shape shape = {.palette = 1};
  for (int tile = 0; tile < 8; tile++) {
    const size_t first = tile == 2 || tile == 3 || tile == 5 ? 16 : 0;
    const size_t height = tile >= 6 ? 16 : rows < first ? 0 : rows - first < 16 ? rows - first : 16;
    shape.rows[tile] = (uint8_t)height;
    shape.row_bytes[tile] = height ? 64 : 0;
  }
  return shape;
}

// What lies behind the last whole tile of groups, or in groups that are apart, filled up with zeros.
static const char *amx_rows(size_t rows, const char *x, size_t ldx, size_t step, size_t groups, char *out) {
  memset(out, 0, rows * 64);
  for (size_t i = 0; i < rows; i++) {
    for (size_t g = 0; g < groups; g++) memcpy(out + 64 * i + 4 * g, x + i * ldx + g * step, 4);
  }
  return out;
}

static const char *amx_weights(const char *panel, size_t width, size_t stride, size_t groups, char *out) {
  memset(out, 0, 16 * 128);
  for (size_t g = 0; g < groups; g++) memcpy(out + 128 * g, panel + g * stride, width);
  return out;
}

// As dot_tile of tile.h. `multiply(sum, activations, weights)` takes numbers of tiles.
#define AMX_TILE(type, target, multiply)                                                                              \
  AMX_TARGET(target)                                                                                                  \
  static void amx_tile_##type(                                                                                        \
      size_t vectors, size_t rows, const char *x, size_t ldx, size_t step, const char *panel, size_t groups,          \
      float *sums) {                                                                                                  \
    const size_t stride = vectors * 64;                                                                               \
    const struct amx_shape shape = amx_shape_of(rows);                                                                \
    _Alignas(64) char some[32 * 64], last[16 * 128];                                                                  \
    _tile_loadconfig(&shape);                                                                                         \
    for (size_t v = 0; v < vectors; v += 2) {                                                                         \
      const bool two = v + 1 < vectors;                                                                               \
      _tile_zero(0);                                                                                                  \
      _tile_zero(1);                                                                                                  \
      if (rows > 16) {                                                                                                \
        _tile_zero(2);                                                                                                \
        _tile_zero(3);                                                                                                \
      }                                                                                                               \
      for (size_t g = 0; g < groups; g += 16) {                                                                       \
        const size_t count = groups - g < 16 ? groups - g : 16;                                                       \
        const char *a = x + g * step, *w = panel + g * stride + v * 64;                                               \
        size_t apart = ldx, below = stride;                                                                           \
        if (count < 16 || step != 4) a = amx_rows(rows, a, ldx, step, count, some), apart = 64;                       \
        if (count < 16) w = amx_weights(w, two ? 128 : 64, stride, count, last), below = 128;                         \
        _tile_loadd(4, a, apart);                                                                                     \
        _tile_loadd(6, w, below);                                                                                     \
        multiply(0, 4, 6);                                                                                            \
        if (two) {                                                                                                    \
          _tile_loadd(7, w + 64, below);                                                                              \
          multiply(1, 4, 7);                                                                                          \
        }                                                                                                             \
        if (rows > 16) {                                                                                              \
          _tile_loadd(5, a + 16 * apart, apart);                                                                      \
          multiply(2, 5, 6);                                                                                          \
          if (two) multiply(3, 5, 7);                                                                                 \
        }                                                                                                             \
      }                                                                                                               \
      _tile_stored(0, sums + 16 * v, 256);                                                                            \
      if (two) _tile_stored(1, sums + 16 * v + 16, 256);                                                              \
      if (rows > 16) _tile_stored(2, sums + 16 * v + 16 * 64, 256);                                                   \
      if (rows > 16 && two) _tile_stored(3, sums + 16 * v + 16 + 16 * 64, 256);                                       \
    }                                                                                                                 \
    _tile_release();                                                                                                  \
  }
AMX_TILE(bf16, "amx-bf16", _tile_dpbf16ps)
AMX_TILE(int8, "amx-int8", _tile_dpbusd)

// Integers to floats, where they are.
AMX_TARGET("amx-int8")
static void amx_floats(size_t vectors, size_t rows, float *sums) {
  for (size_t i = 0; i < rows; i++) {
    for (size_t v = 0; v < vectors; v++) {
      float *at = sums + 64 * i + 16 * v;
      _mm512_storeu_ps(at, _mm512_cvtepi32_ps(_mm512_loadu_si512(at)));
    }
  }
}

#define AMX_WIDTH(width)                                                                                              \
  static void amx_tile_bf16_##width(                                                                                  \
      size_t rows, const char *x, size_t ldx, size_t step, const char *panel, size_t groups, float *sums) {           \
    amx_tile_bf16(width, rows, x, ldx, step, panel, groups, sums);                                                    \
  }                                                                                                                   \
  static void amx_tile_int8_##width(                                                                                  \
      size_t rows, const char *x, size_t ldx, size_t step, const char *panel, size_t groups, float *sums) {           \
    amx_tile_int8(width, rows, x, ldx, step, panel, groups, sums);                                                    \
    amx_floats(width, rows, sums);                                                                                    \
  }
AMX_WIDTH(1)
AMX_WIDTH(2)
AMX_WIDTH(3)
AMX_WIDTH(4)

static const struct dots dots_bf16_amx = {
    16, 32, 4, 0, {amx_tile_bf16_1, amx_tile_bf16_2, amx_tile_bf16_3, amx_tile_bf16_4}};
static const struct dots dots_int8_amx = {
    16, 32, 4, 0, {amx_tile_int8_1, amx_tile_int8_2, amx_tile_int8_3, amx_tile_int8_4}};

#undef AMX_TARGET
#undef AMX_TILE
#undef AMX_WIDTH
