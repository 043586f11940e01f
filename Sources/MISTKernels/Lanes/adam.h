// One vector of parameters; `m` and `v` become the new moments.
TARGET static inline __attribute__((always_inline)) vf ISA(adam_step)(
    vf p, vf *m, vf *v, vf g, const mist_adam_factors *f) {
  *m = v_fma(v_set(f->beta1), *m, v_mul(v_set(f->new1), g));
  *v = v_fma(v_set(f->beta2), *v, v_mul(v_mul(v_set(f->new2), g), g));
  const vf spread = v_fma(v_sqrt(*v), v_set(f->correction), v_set(f->epsilon));
  return v_sub(v_mul(p, v_set(f->keep)), v_div(v_mul(v_set(f->step), *m), spread));
}

TARGET static void ISA(adam)(
    float *parameters, float *mean, float *square, const float *gradient, size_t count, const mist_adam_factors *f) {
  const size_t full = count - count % LANES, rest = count - full;
  vf m, v;
  for (size_t i = 0; i < full; i += LANES) {
    m = v_load(mean + i);
    v = v_load(square + i);
    v_store(parameters + i, ISA(adam_step)(v_load(parameters + i), &m, &v, v_load(gradient + i), f));
    v_store(mean + i, m);
    v_store(square + i, v);
  }
  if (rest == 0) return;
  m = v_load_part(mean + full, rest);
  v = v_load_part(square + full, rest);
  const vf p = ISA(adam_step)(v_load_part(parameters + full, rest), &m, &v, v_load_part(gradient + full, rest), f);
  v_store_part(parameters + full, rest, p);
  v_store_part(mean + full, rest, m);
  v_store_part(square + full, rest, v);
}
