// Whole numbers in floats: at most MOMENTS_PART of them, whose sums a float holds.
TARGET static void ISA(int8_sums)(const uint8_t *x, size_t count, uint32_t *sums) {
  const size_t full = count - count % LANES;
  vf sum = v_set(0), squares = v_set(0);
  for (size_t i = 0; i < full; i += LANES) {
    const vf q = v_load_bytes(x + i);
    sum = v_add(sum, q);
    squares = v_fma(q, q, squares);
  }
  sums[0] += (uint32_t)v_sum(sum);
  sums[1] += (uint32_t)v_sum(squares);
  int8_sums_scalar(x + full, count - full, sums);
}

TARGET static void ISA(int8_expand)(
    const uint8_t *x, size_t rows, size_t width, const mist_int8_row *steps, float *out) {
  const size_t full = width - width % LANES;
  for (size_t row = 0; row < rows; row++, x += width, out += width) {
    const float step = steps[row].step, lowest = steps[row].lowest;
    for (size_t i = 0; i < full; i += LANES) v_store(out + i, v_fma(v_load_bytes(x + i), v_set(step), v_set(lowest)));
    for (size_t i = full; i < width; i++) out[i] = lowest + step * (float)x[i];
  }
}
