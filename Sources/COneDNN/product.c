#include "private.h"

static dnnl_status_t build(
    mist_dnn_product *product, dnnl_engine_t on, mist_dnn_finish finish, const float *bias, owned_layout *x,
    owned_layout *w, owned_layout *b, owned_layout *y, size_t rows, size_t columns, size_t depth) {
  TRY(mist_dnn_describe(x, rows, depth, dnnl_ab));
  TRY(mist_dnn_describe(y, rows, columns, dnnl_ab));
  TRY(mist_dnn_describe(w, depth, columns, dnnl_format_tag_any));
  if (bias) TRY(mist_dnn_describe(b, 1, columns, dnnl_ab));
  TRY(mist_dnn_choose_kernel(product, on, finish, VIEW(*x), VIEW(*w), bias ? VIEW(*b) : NULL, VIEW(*y)));
  if (bias) TRY(dnnl_memory_create(&product->bias, VIEW(*b), on, (void *)bias));
  return dnnl_success;
}

int mist_dnn_product_create(
    mist_dnn_product **result, mist_dnn_dtype dtype, mist_dnn_finish finish, size_t rows, size_t columns, size_t depth,
    const float *bias) {
  *result = NULL;
  if (dtype != MIST_DNN_F32) return dnnl_unimplemented;
  dnnl_engine_t on;
  TRY(mist_dnn_engine(&on));
  mist_dnn_product *product = calloc(1, sizeof *product);
  if (!product) return dnnl_out_of_memory;
  product->finish = finish;
  product->columns = columns;
  product->depth = depth;
  // Kernels are blocked for the number of threads seen here.
  const int threads = mist_dnn_use_one_thread();
  owned_layout x = {0}, w = {0}, b = {0}, y = {0};
  dnnl_status_t status = build(product, on, finish, bias, &x, &w, &b, &y, rows, columns, depth);
  mist_dnn_forget(&x), mist_dnn_forget(&w), mist_dnn_forget(&b), mist_dnn_forget(&y);
  mist_dnn_restore_threads(threads);
  if (status != dnnl_success) {
    mist_dnn_product_destroy(product);
    return status;
  }
  *result = product;
  return 0;
}

// As `build`, from weights that are packed already: shared where the kernel for this number of rows wants the same layout.
static dnnl_status_t build_resized(
    mist_dnn_product *product, const mist_dnn_product *other, dnnl_engine_t on, owned_layout *x, owned_layout *w,
    owned_layout *y, size_t rows) {
  layout_view packed, b = NULL;
  TRY(mist_dnn_describe(x, rows, product->depth, dnnl_ab));
  TRY(mist_dnn_describe(y, rows, product->columns, dnnl_ab));
  TRY(mist_dnn_describe(w, product->depth, product->columns, dnnl_format_tag_any));
  TRY(dnnl_memory_get_memory_desc(other->weights, &packed));
  if (other->bias) TRY(dnnl_memory_get_memory_desc(other->bias, &b));
  TRY(mist_dnn_choose_kernel(product, on, product->finish, VIEW(*x), VIEW(*w), b, VIEW(*y)));
  layout_view wanted = dnnl_primitive_desc_query_md(product->description, dnnl_query_weights_md, 0);
  product->bias = other->bias;
  product->borrows_bias = 1;
  if (dnnl_memory_desc_equal(wanted, packed)) {
    product->weights = other->weights;
    product->borrows_weights = 1;
    return dnnl_success;
  }
  TRY(dnnl_memory_create(&product->weights, wanted, on, DNNL_MEMORY_ALLOCATE));
  return mist_dnn_reorder(other->weights, product->weights, on);
}

int mist_dnn_product_resize(mist_dnn_product **result, const mist_dnn_product *other, size_t rows) {
  *result = NULL;
  dnnl_engine_t on;
  TRY(mist_dnn_engine(&on));
  mist_dnn_product *product = calloc(1, sizeof *product);
  if (!product) return dnnl_out_of_memory;
  *product = (mist_dnn_product){.finish = other->finish, .columns = other->columns, .depth = other->depth};
  const int threads = mist_dnn_use_one_thread();
  owned_layout x = {0}, w = {0}, y = {0};
  dnnl_status_t status = build_resized(product, other, on, &x, &w, &y, rows);
  mist_dnn_forget(&x), mist_dnn_forget(&w), mist_dnn_forget(&y);
  mist_dnn_restore_threads(threads);
  if (status != dnnl_success) {
    mist_dnn_product_destroy(product);
    return status;
  }
  *result = product;
  return 0;
}

void mist_dnn_product_destroy(mist_dnn_product *product) {
  if (!product) return;
  if (product->primitive) dnnl_primitive_destroy(product->primitive);
  if (product->description) dnnl_primitive_desc_destroy(product->description);
  if (product->weights && !product->borrows_weights) dnnl_memory_destroy(product->weights);
  if (product->bias && !product->borrows_bias) dnnl_memory_destroy(product->bias);
  free(product);
}
