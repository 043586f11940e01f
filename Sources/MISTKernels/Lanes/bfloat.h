// Lanes from and to bfloat16 in memory, to the nearest, ties to even.
#define BF16_HALF __attribute__((vector_size(2 * LANES)))
#define BF16_WHOLE __attribute__((vector_size(4 * LANES)))

TARGET static inline __attribute__((always_inline, unused)) vf ISA(load_bf16)(const uint16_t *x) {
  typedef uint16_t half BF16_HALF;
  typedef uint32_t whole BF16_WHOLE;
  half h;
  __builtin_memcpy(&h, x, sizeof h);
  const whole w = __builtin_convertvector(h, whole) << 16;
  vf v;
  __builtin_memcpy(&v, &w, sizeof v);
  return v;
}

TARGET static inline __attribute__((always_inline, unused)) void ISA(store_bf16)(uint16_t *x, vf v) {
  typedef uint16_t half BF16_HALF;
  typedef uint32_t whole BF16_WHOLE;
  whole w;
  __builtin_memcpy(&w, &v, sizeof w);
  w = (w + 0x7fff + (w >> 16 & 1)) >> 16;
  const half h = __builtin_convertvector(w, half);
  __builtin_memcpy(x, &h, sizeof h);
}

#undef BF16_HALF
#undef BF16_WHOLE
