#include "private.h"

#include <pthread.h>

void omp_set_num_threads(int);
int omp_get_max_threads(void);

int mist_dnn_use_one_thread(void) {
  int before = omp_get_max_threads();
  if (before != 1) omp_set_num_threads(1);
  return before;
}

void mist_dnn_restore_threads(int before) {
  if (before != 1) omp_set_num_threads(before);
}

static dnnl_engine_t shared_engine;
static dnnl_status_t engine_status = dnnl_success;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

static void create_engine(void) { engine_status = dnnl_engine_create(&shared_engine, dnnl_cpu, 0); }

dnnl_status_t mist_dnn_engine(dnnl_engine_t *result) {
  pthread_once(&engine_once, create_engine);
  *result = shared_engine;
  return engine_status;
}

int mist_dnn_version(void) {
  const dnnl_version_t *version = dnnl_version();
  return version->major * 10000 + version->minor * 100 + version->patch;
}
