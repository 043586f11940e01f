TARGET static void ISA(layer_norm)(
    const float *x, size_t rows, size_t width, const float *gain, const float *bias, float epsilon, float *out) {
  const size_t full = width - width % LANES, pairs = width - width % (2 * LANES), rest = width - full;
  for (size_t row = 0; row < rows; row++, x += width, out += width) {
    // Two accumulators hide the latency of the additions.
    vf s0 = v_set(0), s1 = v_set(0);
    for (size_t i = 0; i < pairs; i += 2 * LANES) {
      s0 = v_add(s0, v_load(x + i));
      s1 = v_add(s1, v_load(x + i + LANES));
    }
    if (pairs < full) s0 = v_add(s0, v_load(x + pairs));
    if (rest) s1 = v_add(s1, v_load_part(x + full, rest));
    const float mean = v_sum(v_add(s0, s1)) / (float)width;

    const vf m = v_set(mean);
    s0 = s1 = v_set(0);
    for (size_t i = 0; i < pairs; i += 2 * LANES) {
      vf d0 = v_sub(v_load(x + i), m), d1 = v_sub(v_load(x + i + LANES), m);
      s0 = v_fma(d0, d0, s0);
      s1 = v_fma(d1, d1, s1);
    }
    if (pairs < full) {
      vf d = v_sub(v_load(x + pairs), m);
      s0 = v_fma(d, d, s0);
    }
    float squares = v_sum(v_add(s0, s1));
    for (size_t i = full; i < width; i++) squares += (x[i] - mean) * (x[i] - mean);
    const float scale = 1.0f / root(squares / (float)width + epsilon);

    const vf s = v_set(scale);
    for (size_t i = 0; i < full; i += LANES) {
      vf d = v_mul(v_sub(v_load(x + i), m), s);
      v_store(out + i, v_fma(d, v_load(gain + i), v_load(bias + i)));
    }
    if (rest) {
      vf d = v_mul(v_sub(v_load_part(x + full, rest), m), s);
      v_store_part(out + full, rest, v_fma(d, v_load_part(gain + full, rest), v_load_part(bias + full, rest)));
    }
  }
}
