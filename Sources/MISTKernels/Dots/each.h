// The tiles of every set of this architecture: `dots_bf16_avx512` and so on. With MIST_COMPACT, for the runtime's size, those of integers
// alone and without AMX.
#if defined(__x86_64__)
#include "avx512.h"
#ifndef MIST_COMPACT
#define DOT_TYPE bf16
#define DOT_TARGET DOT_BF16
#define DOT_OFFSET 0
#include "tile.h"
#endif
#define DOT_TYPE int8
#define DOT_TARGET DOT_INT8
#define DOT_OFFSET 0
#include "tile.h"
#include "none.h"
#include "avx2.h"
#define DOT_TYPE int8
#define DOT_TARGET DOT_INT8
#define DOT_OFFSET 0
#include "tile.h"
#include "none.h"
#include "wide_avx2.h"
#define DOT_TYPE int8
#define DOT_TARGET DOT_INT8
#include "tile.h"
#include "none.h"
#ifndef MIST_COMPACT
#include "amx.h"
#endif
#elif defined(__ARM_NEON)
#include "wide_neon.h"
#define DOT_TYPE int8
#define DOT_TARGET DOT_INT8
#include "tile.h"
#include "none.h"
#if defined(__aarch64__)
#include "neon.h"
#ifndef MIST_COMPACT
#define DOT_TYPE bf16
#define DOT_TARGET DOT_BF16
#define DOT_OFFSET 0
#include "tile.h"
#define DOT_TYPE bf16
#define DOT_TARGET DOT_BF16
#include "matrix.h"
#endif
#define DOT_TYPE int8
#define DOT_TARGET DOT_INT8
#define DOT_OFFSET 128
#include "tile.h"
#define DOT_TYPE int8
#define DOT_TARGET __attribute__((target("i8mm")))
#include "matrix.h"
#include "none.h"
#endif
#elif defined(__wasm_simd128__)
#include "wide_wasm.h"
#define DOT_TYPE int8
#define DOT_TARGET DOT_INT8
#include "tile.h"
#include "none.h"
#endif
