// C ← alpha · sums + beta · C for the tile's rows.
TARGET static void ISA(bf16_blend)(
    const float *sums, size_t stride, size_t rows, size_t count, float alpha, float beta, float *c, size_t ldc) {
  const vf scale = v_set(alpha), keep = v_set(beta);
  const size_t full = count - count % LANES, rest = count - full;
  for (size_t i = 0; i < rows; i++, sums += stride, c += ldc) {
    for (size_t j = 0; j < full; j += LANES) {
      const vf v = v_mul(scale, v_load(sums + j));
      v_store(c + j, beta == 0 ? v : v_fma(keep, v_load(c + j), v));
    }
    if (!rest) continue;
    const vf v = v_mul(scale, v_load_part(sums + full, rest));
    v_store_part(c + full, rest, beta == 0 ? v : v_fma(keep, v_load_part(c + full, rest), v));
  }
}
