#include "private.h"

dnnl_status_t mist_dnn_describe(owned_layout *layout, size_t rows, size_t columns, dnnl_format_tag_t tag) {
  const dnnl_dims_t dims = {(dnnl_dim_t)rows, (dnnl_dim_t)columns};
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_create_with_tag(layout, 2, dims, dnnl_f32, tag);
#else
  return dnnl_memory_desc_init_by_tag(layout, 2, dims, dnnl_f32, tag);
#endif
}

void mist_dnn_forget(owned_layout *layout) {
#if DNNL_VERSION_MAJOR >= 3
  if (*layout) dnnl_memory_desc_destroy(*layout);
#else
  (void)layout;
#endif
}

static dnnl_status_t append_finish(dnnl_post_ops_t operations, mist_dnn_finish finish) {
  switch (finish) {
#if DNNL_VERSION_MAJOR >= 3
    case MIST_DNN_GELU: return dnnl_post_ops_append_eltwise(operations, dnnl_eltwise_gelu_erf, 0, 0);
    case MIST_DNN_ADD: return dnnl_post_ops_append_sum(operations, 1, 0, dnnl_f32);
#else
    case MIST_DNN_GELU: return dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_gelu_erf, 0, 0);
    case MIST_DNN_ADD: return dnnl_post_ops_append_sum(operations, 1);
#endif
    default: return dnnl_success;
  }
}

static dnnl_status_t create_description(
    dnnl_primitive_desc_t *result, dnnl_engine_t on, layout_view x, layout_view w, layout_view b, layout_view y,
    const_dnnl_primitive_attr_t attributes) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_matmul_primitive_desc_create(result, on, x, w, b, y, attributes);
#else
  dnnl_matmul_desc_t operation;
  TRY(dnnl_matmul_desc_init(&operation, x, w, b, y));
  return dnnl_primitive_desc_create(result, &operation, attributes, on, NULL);
#endif
}

dnnl_status_t mist_dnn_choose_kernel(
    mist_dnn_product *product, dnnl_engine_t on, mist_dnn_finish finish, layout_view x, layout_view w, layout_view b,
    layout_view y) {
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_post_ops_t operations = NULL;
  dnnl_status_t status = dnnl_primitive_attr_create(&attributes);
  if (status == dnnl_success) status = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  if (status == dnnl_success) status = dnnl_post_ops_create(&operations);
  if (status == dnnl_success) status = append_finish(operations, finish);
  if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, operations);
  if (status == dnnl_success) status = create_description(&product->description, on, x, w, b, y, attributes);
  if (status == dnnl_success) status = dnnl_primitive_create(&product->primitive, product->description);
  if (operations) dnnl_post_ops_destroy(operations);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  return status;
}

dnnl_status_t mist_dnn_reorder(dnnl_memory_t from, dnnl_memory_t to, dnnl_engine_t on) {
  dnnl_primitive_desc_t description = NULL;
  dnnl_primitive_t primitive = NULL;
  dnnl_stream_t stream = NULL;
  layout_view source, target;
  dnnl_status_t status = dnnl_memory_get_memory_desc(from, &source);
  if (status == dnnl_success) status = dnnl_memory_get_memory_desc(to, &target);
  if (status == dnnl_success) status = dnnl_reorder_primitive_desc_create(&description, source, on, target, on, NULL);
  if (status == dnnl_success) status = dnnl_primitive_create(&primitive, description);
  if (status == dnnl_success) status = dnnl_stream_create(&stream, on, dnnl_stream_default_flags);
  if (status == dnnl_success) {
    const dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    status = dnnl_primitive_execute(primitive, stream, 2, arguments);
  }
  if (status == dnnl_success) status = dnnl_stream_wait(stream);
  if (stream) dnnl_stream_destroy(stream);
  if (primitive) dnnl_primitive_destroy(primitive);
  if (description) dnnl_primitive_desc_destroy(description);
  return status;
}
