#include "private.h"

static layout_view layout_of(const mist_dnn_product *product, dnnl_query_t which) {
  return dnnl_primitive_desc_query_md(product->description, which, 0);
}

size_t mist_dnn_product_scratch(const mist_dnn_product *product) {
  return dnnl_memory_desc_get_size(layout_of(product, dnnl_query_scratchpad_md));
}

const char *mist_dnn_product_kernel(const mist_dnn_product *product) {
  const char *name = NULL;
  dnnl_primitive_desc_query(product->description, dnnl_query_impl_info_str, 0, &name);
  return name ? name : "unknown";
}

int mist_dnn_worker_create(mist_dnn_worker **result, size_t scratch) {
  *result = NULL;
  dnnl_engine_t on;
  TRY(mist_dnn_engine(&on));
  mist_dnn_worker *worker = calloc(1, sizeof *worker);
  if (!worker) return dnnl_out_of_memory;
  dnnl_status_t status = dnnl_stream_create(&worker->stream, on, dnnl_stream_default_flags);
  if (status == dnnl_success && posix_memalign(&worker->scratch, 4096, scratch ? scratch : 1) != 0) {
    status = dnnl_out_of_memory;
  }
  if (status != dnnl_success) {
    mist_dnn_worker_destroy(worker);
    return status;
  }
  *result = worker;
  return 0;
}

void mist_dnn_worker_destroy(mist_dnn_worker *worker) {
  if (!worker) return;
  if (worker->stream) dnnl_stream_destroy(worker->stream);
  free(worker->scratch);
  free(worker);
}

int mist_dnn_product_run(const mist_dnn_product *product, mist_dnn_worker *worker, const float *x, float *y) {
  dnnl_engine_t on;
  TRY(mist_dnn_engine(&on));
  // Handles to the caller's memory: a small object each, no copy.
  dnnl_memory_t source = NULL, destination = NULL, scratch = NULL;
  dnnl_status_t status =
      dnnl_memory_create(&source, layout_of(product, dnnl_query_src_md), on, (void *)x);
  if (status == dnnl_success) status = dnnl_memory_create(&destination, layout_of(product, dnnl_query_dst_md), on, y);
  if (status == dnnl_success) {
    status = dnnl_memory_create(&scratch, layout_of(product, dnnl_query_scratchpad_md), on, worker->scratch);
  }
  if (status == dnnl_success) {
    const dnnl_exec_arg_t arguments[] = {
        {DNNL_ARG_SRC, source},
        {DNNL_ARG_WEIGHTS, product->weights},
        {DNNL_ARG_DST, destination},
        {DNNL_ARG_SCRATCHPAD, scratch},
        {DNNL_ARG_BIAS, product->bias},
    };
    const int threads = mist_dnn_use_one_thread();
    status = dnnl_primitive_execute(product->primitive, worker->stream, product->bias ? 5 : 4, arguments);
    if (status == dnnl_success) status = dnnl_stream_wait(worker->stream);
    mist_dnn_restore_threads(threads);
  }
  if (scratch) dnnl_memory_destroy(scratch);
  if (destination) dnnl_memory_destroy(destination);
  if (source) dnnl_memory_destroy(source);
  return status;
}
