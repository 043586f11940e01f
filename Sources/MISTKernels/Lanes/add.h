TARGET static void ISA(add)(float *sum, const float *x, size_t count) {
  size_t i = 0;
  for (; i + 2 * LANES <= count; i += 2 * LANES) {
    v_store(sum + i, v_add(v_load(sum + i), v_load(x + i)));
    v_store(sum + i + LANES, v_add(v_load(sum + i + LANES), v_load(x + i + LANES)));
  }
  for (; i < count; i++) sum[i] += x[i];
}
