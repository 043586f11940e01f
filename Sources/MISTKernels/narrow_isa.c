#include "Dots/dots.h"
#include "MISTKernels.h"

// The sets that this processor has for `type`, a bit each.
#if defined(__x86_64__)
#include <cpuid.h>

#if __has_include(<asm/prctl.h>) && __has_include(<sys/syscall.h>) && !defined(MIST_TILES) && !defined(MIST_COMPACT)
#include <sys/syscall.h>
#include <unistd.h>

// Linux lets a process use the tiles' registers, which take 8 KiB of every thread that does, when it asks for them.
static bool tiles_permitted(void) {
  enum { REQUEST = 0x1023, TILE_DATA = 18 };  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  unsigned low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low >> 17 & 3) == 3 && syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0;
}
#elif defined(MIST_TILES)
static bool tiles_permitted(void) { return true; }
#else
static bool tiles_permitted(void) { return false; }
#endif

static bool has_tiles(mist_narrow type) {
  unsigned a, b, c, d = 0;
#ifdef MIST_TILES
  (void)a, (void)b, (void)c;
  d = ~0u;
#else
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
#endif
  const unsigned tile = d >> 24 & 1, products = d >> (type == MIST_BF16 ? 22 : 25) & 1;
  return tile && products && tiles_permitted() && mist_amx_agrees(type);
}

static unsigned sets_of(mist_narrow type) {
  const mist_isa isa = mist_isa_best();
  unsigned a, b, c, d, more = 0, sets = 0;
  if (isa != MIST_ISA_AVX512 && isa != MIST_ISA_AVX2) return 0;
  if (type == MIST_INT8) sets |= 1u << MIST_DOTS_WIDE;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return sets;
  const unsigned vnni = c & 1u << 11;
  if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) more = a;
  const unsigned bf16 = more & 1u << 5, avx_vnni = more & 1u << 4;
  if (type == MIST_INT8 && avx_vnni) sets |= 1u << MIST_DOTS_AVX2;
  if (isa == MIST_ISA_AVX512 && (type == MIST_BF16 ? bf16 : vnni)) {
    sets |= 1u << MIST_DOTS_AVX512;
    if (has_tiles(type)) sets |= 1u << MIST_DOTS_AMX;
  }
  return sets;
}
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

static unsigned sets_of(mist_narrow type) {
  const unsigned long dotprod = 1ul << 20;                // HWCAP_ASIMDDP
  const unsigned long i8mm = 1ul << 13, bf16 = 1ul << 14;  // HWCAP2_I8MM, HWCAP2_BF16
  const unsigned long first = getauxval(AT_HWCAP), second = getauxval(AT_HWCAP2);
  if (type == MIST_BF16) return second & bf16 ? 1u << MIST_DOTS_NEON | 1u << MIST_DOTS_MATRIX : 0;
  return 1u << MIST_DOTS_WIDE | (first & dotprod ? 1u << MIST_DOTS_NEON : 0) |
         (second & i8mm ? 1u << MIST_DOTS_MATRIX : 0);
}
#elif defined(__ARM_NEON) || defined(__wasm_simd128__)
static unsigned sets_of(mist_narrow type) { return type == MIST_INT8 ? 1u << MIST_DOTS_WIDE : 0; }
#else
static unsigned sets_of(mist_narrow type) {
  (void)type;
  return 0;
}
#endif

static unsigned sets(mist_narrow type) {
#ifdef MIST_COMPACT
  if (type == MIST_BF16) return 1u << MIST_DOTS_SCALAR;
#endif
  // Detection gives the same answer on every thread, so racing first calls are harmless.
  static unsigned cached[2];
  unsigned known = __atomic_load_n(&cached[type], __ATOMIC_RELAXED);
  if (known == 0) {
    known = sets_of(type) | 1u << MIST_DOTS_SCALAR;
    __atomic_store_n(&cached[type], known, __ATOMIC_RELAXED);
  }
  return known;
}

mist_dots mist_dots_best(mist_narrow type) { return (mist_dots)(31 - __builtin_clz(sets(type))); }

bool mist_dots_supported(mist_dots set, mist_narrow type) { return sets(type) >> set & 1; }

const char *mist_dots_name(mist_dots set, mist_narrow type) {
  switch (set) {
    case MIST_DOTS_WIDE:
#if defined(__x86_64__)
      return "avx2";
#elif defined(__ARM_NEON)
      return "neon";
#else
      return "simd128";
#endif
    case MIST_DOTS_NEON: return type == MIST_BF16 ? "neon-bf16" : "neon-dotprod";
    case MIST_DOTS_AVX2: return "avx-vnni";
    case MIST_DOTS_AVX512: return type == MIST_BF16 ? "avx512-bf16" : "avx512-vnni";
    case MIST_DOTS_MATRIX: return type == MIST_BF16 ? "neon-bfmmla" : "neon-i8mm";
    case MIST_DOTS_AMX: return type == MIST_BF16 ? "amx-bf16" : "amx-int8";
    default: return "scalar";
  }
}
