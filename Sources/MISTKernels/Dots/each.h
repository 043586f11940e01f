// The tiles of every set of this architecture: `dots_bf16_avx512` and so on.
#if defined(__x86_64__)
#include "avx512.h"
#define DOT_TYPE bf16
#define DOT_TARGET DOT_BF16
#define DOT_OFFSET 0
#include "tile.h"
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
#include "amx.h"
#elif defined(__aarch64__)
#include "neon.h"
#define DOT_TYPE bf16
#define DOT_TARGET DOT_BF16
#define DOT_OFFSET 0
#include "tile.h"
#define DOT_TYPE int8
#define DOT_TARGET DOT_INT8
#define DOT_OFFSET 128
#include "tile.h"
#define DOT_TYPE bf16
#define DOT_TARGET DOT_BF16
#include "matrix.h"
#define DOT_TYPE int8
#define DOT_TARGET __attribute__((target("i8mm")))
#include "matrix.h"
#include "none.h"
#endif
