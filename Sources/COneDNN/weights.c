#include "private.h"

static layout_view wanted(const mist_dnn_product *product) {
  return dnnl_primitive_desc_query_md(product->description, dnnl_query_weights_md, 0);
}

// As the [depth, columns] operand of a product, panels of 64 columns are blocks of 16 × 64, those of one panel one after another.
int mist_dnn_product_takes_panels(const mist_dnn_product *product) {
  owned_layout panels = {0};
  if (mist_dnn_describe(&panels, product->depth, product->columns, dnnl_BA16a64b) != dnnl_success) return 0;
  const int equal = dnnl_memory_desc_equal(wanted(product), VIEW(panels));
  mist_dnn_forget(&panels);
  return equal;
}

int mist_dnn_product_use_panels(mist_dnn_product *product, const float *panels) {
  dnnl_engine_t on;
  TRY(mist_dnn_engine(&on));
  if (product->weights || !mist_dnn_product_takes_panels(product)) return dnnl_invalid_arguments;
  return dnnl_memory_create(&product->weights, wanted(product), on, (void *)panels);
}

int mist_dnn_product_pack(mist_dnn_product *product, const float *weights) {
  dnnl_engine_t on;
  TRY(mist_dnn_engine(&on));
  if (product->weights) return dnnl_invalid_arguments;
  // W is [columns, depth]: as the [depth, columns] operand of a product it is stored transposed.
  owned_layout stored = {0};
  dnnl_memory_t from = NULL;
  const int threads = mist_dnn_use_one_thread();
  dnnl_status_t status = mist_dnn_describe(&stored, product->depth, product->columns, dnnl_ba);
  if (status == dnnl_success) status = dnnl_memory_create(&from, VIEW(stored), on, (void *)weights);
  if (status == dnnl_success) {
    status = dnnl_memory_create(&product->weights, wanted(product), on, DNNL_MEMORY_ALLOCATE);
  }
  if (status == dnnl_success) status = mist_dnn_reorder(from, product->weights, on);
  if (from) dnnl_memory_destroy(from);
  mist_dnn_forget(&stored);
  mist_dnn_restore_threads(threads);
  return status;
}
