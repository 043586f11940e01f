#ifdef v_load_halves
TARGET static bool ISA(halves)(const void *halves, size_t count, float *out) {
  const unsigned char *from = halves;
  const size_t full = count - count % LANES;
  // x − x is zero, but NaN of what is not finite; and a sum with a NaN is one.
  vf odd = v_set(0);
  for (size_t i = 0; i < full; i += LANES) {
    const vf x = v_load_halves(from + 2 * i);
    odd = v_add(odd, v_sub(x, x));
    v_store(out + i, x);
  }
  return mist_halves_scalar(from + 2 * full, count - full, out + full) && v_sum(odd) == 0;
}
#else
static bool ISA(halves)(const void *halves, size_t count, float *out) { return mist_halves_scalar(halves, count, out); }
#endif
