#include "MISTKernels.h"
#include "MISTNarrow.h"

#if defined(__x86_64__)
#include <cpuid.h>

static mist_dots detect(mist_narrow type) {
  const mist_isa isa = mist_isa_best();
  if (isa != MIST_ISA_AVX512 && isa != MIST_ISA_AVX2) return MIST_DOTS_SCALAR;
  unsigned a, b, c, d, more = 0;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return MIST_DOTS_SCALAR;
  const unsigned vnni = c & 1u << 11;
  if (a >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) more = a;
  const unsigned bf16 = more & 1u << 5, avx_vnni = more & 1u << 4;
  if (isa == MIST_ISA_AVX512 && (type == MIST_BF16 ? bf16 : vnni)) return MIST_DOTS_AVX512;
  return type == MIST_INT8 && avx_vnni ? MIST_DOTS_AVX2 : MIST_DOTS_SCALAR;
}
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>

static mist_dots detect(mist_narrow type) {
  const unsigned long dotprod = 1ul << 20, bf16 = 1ul << 14;  // HWCAP_ASIMDDP, HWCAP2_BF16
  const bool has = type == MIST_BF16 ? getauxval(AT_HWCAP2) & bf16 : getauxval(AT_HWCAP) & dotprod;
  return has ? MIST_DOTS_NEON : MIST_DOTS_SCALAR;
}
#else
static mist_dots detect(mist_narrow type) {
  (void)type;
  return MIST_DOTS_SCALAR;
}
#endif

mist_dots mist_dots_best(mist_narrow type) {
  // Detection gives the same answer on every thread, so racing first calls are harmless.
  static int cached[2] = {-1, -1};
  int set = __atomic_load_n(&cached[type], __ATOMIC_RELAXED);
  if (set < 0) {
    set = (int)detect(type);
    __atomic_store_n(&cached[type], set, __ATOMIC_RELAXED);
  }
  return (mist_dots)set;
}

bool mist_dots_supported(mist_dots set, mist_narrow type) {
  if (set == MIST_DOTS_SCALAR || set == mist_dots_best(type)) return true;
#if defined(__x86_64__)
  unsigned a, b, c, d;
  if (set == MIST_DOTS_AVX2 && type == MIST_INT8 && mist_isa_best() != MIST_ISA_SCALAR &&
      __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
    return a & 1u << 4;
  }
#endif
  return false;
}

const char *mist_dots_name(mist_dots set, mist_narrow type) {
  switch (set) {
    case MIST_DOTS_NEON: return type == MIST_BF16 ? "neon-bf16" : "neon-dotprod";
    case MIST_DOTS_AVX2: return "avx-vnni";
    case MIST_DOTS_AVX512: return type == MIST_BF16 ? "avx512-bf16" : "avx512-vnni";
    default: return "scalar";
  }
}
