#include "COneDNN.h"

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_version.h>
#include <pthread.h>
#include <stdlib.h>

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t owned_layout;
typedef const_dnnl_memory_desc_t layout_view;
#define VIEW(layout) (layout)
#else
typedef dnnl_memory_desc_t owned_layout;
typedef const dnnl_memory_desc_t *layout_view;
#define VIEW(layout) (&(layout))
#endif

// oneDNN's threads come from OpenMP, whose thread count belongs to the calling thread.
void omp_set_num_threads(int);
int omp_get_max_threads(void);

static int use_one_thread(void) {
  int before = omp_get_max_threads();
  if (before != 1) omp_set_num_threads(1);
  return before;
}

static void restore_threads(int before) {
  if (before != 1) omp_set_num_threads(before);
}

static dnnl_engine_t shared_engine;
static dnnl_status_t engine_status = dnnl_success;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

static void create_engine(void) { engine_status = dnnl_engine_create(&shared_engine, dnnl_cpu, 0); }

static dnnl_status_t engine(dnnl_engine_t *result) {
  pthread_once(&engine_once, create_engine);
  *result = shared_engine;
  return engine_status;
}

struct mist_dnn_product {
  dnnl_primitive_desc_t description;
  dnnl_primitive_t primitive;
  dnnl_memory_t weights;
  dnnl_memory_t bias;
  // Whether they are another product's.
  int borrows_weights, borrows_bias;
  mist_dnn_finish finish;
  size_t columns, depth;
};

struct mist_dnn_worker {
  dnnl_stream_t stream;
  void *scratch;
};

#define TRY(call)                                \
  do {                                           \
    dnnl_status_t status_ = (call);              \
    if (status_ != dnnl_success) return status_; \
  } while (0)

static dnnl_status_t describe(owned_layout *layout, size_t rows, size_t columns, dnnl_format_tag_t tag) {
  const dnnl_dims_t dims = {(dnnl_dim_t)rows, (dnnl_dim_t)columns};
#if DNNL_VERSION_MAJOR >= 3
  return dnnl_memory_desc_create_with_tag(layout, 2, dims, dnnl_f32, tag);
#else
  return dnnl_memory_desc_init_by_tag(layout, 2, dims, dnnl_f32, tag);
#endif
}

static void forget(owned_layout *layout) {
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

// Chooses the kernel: the layout of the weights is left to it, its scratch memory is the worker's.
static dnnl_status_t choose_kernel(
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

static dnnl_status_t reorder(dnnl_memory_t from, dnnl_memory_t to, dnnl_engine_t on) {
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

static dnnl_status_t copy_into(dnnl_memory_t to, layout_view layout, dnnl_engine_t on, const float *values) {
  dnnl_memory_t from = NULL;
  TRY(dnnl_memory_create(&from, layout, on, (void *)values));
  dnnl_status_t status = reorder(from, to, on);
  dnnl_memory_destroy(from);
  return status;
}

static dnnl_status_t build(
    mist_dnn_product *product, dnnl_engine_t on, mist_dnn_finish finish, const float *weights, const float *bias,
    owned_layout *x, owned_layout *w, owned_layout *stored, owned_layout *b, owned_layout *y, size_t rows,
    size_t columns, size_t depth) {
  TRY(describe(x, rows, depth, dnnl_ab));
  TRY(describe(y, rows, columns, dnnl_ab));
  // W is [columns, depth]: as the [depth, columns] operand of a product it is stored transposed.
  TRY(describe(w, depth, columns, dnnl_format_tag_any));
  TRY(describe(stored, depth, columns, dnnl_ba));
  if (bias) TRY(describe(b, 1, columns, dnnl_ab));
  TRY(choose_kernel(product, on, finish, VIEW(*x), VIEW(*w), bias ? VIEW(*b) : NULL, VIEW(*y)));
  layout_view packed = dnnl_primitive_desc_query_md(product->description, dnnl_query_weights_md, 0);
  TRY(dnnl_memory_create(&product->weights, packed, on, DNNL_MEMORY_ALLOCATE));
  TRY(copy_into(product->weights, VIEW(*stored), on, weights));
  if (bias) {
    TRY(dnnl_memory_create(&product->bias, VIEW(*b), on, DNNL_MEMORY_ALLOCATE));
    TRY(copy_into(product->bias, VIEW(*b), on, bias));
  }
  return dnnl_success;
}

int mist_dnn_product_create(
    mist_dnn_product **result, mist_dnn_dtype dtype, mist_dnn_finish finish, size_t rows, size_t columns, size_t depth,
    const float *weights, const float *bias) {
  *result = NULL;
  if (dtype != MIST_DNN_F32) return dnnl_unimplemented;
  dnnl_engine_t on;
  TRY(engine(&on));
  mist_dnn_product *product = calloc(1, sizeof *product);
  if (!product) return dnnl_out_of_memory;
  product->finish = finish;
  product->columns = columns;
  product->depth = depth;
  // Kernels are blocked for the number of threads seen here.
  const int threads = use_one_thread();
  owned_layout x = {0}, w = {0}, stored = {0}, b = {0}, y = {0};
  dnnl_status_t status =
      build(product, on, finish, weights, bias, &x, &w, &stored, &b, &y, rows, columns, depth);
  forget(&x), forget(&w), forget(&stored), forget(&b), forget(&y);
  restore_threads(threads);
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
  TRY(describe(x, rows, product->depth, dnnl_ab));
  TRY(describe(y, rows, product->columns, dnnl_ab));
  TRY(describe(w, product->depth, product->columns, dnnl_format_tag_any));
  TRY(dnnl_memory_get_memory_desc(other->weights, &packed));
  if (other->bias) TRY(dnnl_memory_get_memory_desc(other->bias, &b));
  TRY(choose_kernel(product, on, product->finish, VIEW(*x), VIEW(*w), b, VIEW(*y)));
  layout_view wanted = dnnl_primitive_desc_query_md(product->description, dnnl_query_weights_md, 0);
  product->bias = other->bias;
  product->borrows_bias = 1;
  if (dnnl_memory_desc_equal(wanted, packed)) {
    product->weights = other->weights;
    product->borrows_weights = 1;
    return dnnl_success;
  }
  TRY(dnnl_memory_create(&product->weights, wanted, on, DNNL_MEMORY_ALLOCATE));
  return reorder(other->weights, product->weights, on);
}

int mist_dnn_product_resize(mist_dnn_product **result, const mist_dnn_product *other, size_t rows) {
  *result = NULL;
  dnnl_engine_t on;
  TRY(engine(&on));
  mist_dnn_product *product = calloc(1, sizeof *product);
  if (!product) return dnnl_out_of_memory;
  *product = (mist_dnn_product){.finish = other->finish, .columns = other->columns, .depth = other->depth};
  const int threads = use_one_thread();
  owned_layout x = {0}, w = {0}, y = {0};
  dnnl_status_t status = build_resized(product, other, on, &x, &w, &y, rows);
  forget(&x), forget(&w), forget(&y);
  restore_threads(threads);
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
  TRY(engine(&on));
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
  TRY(engine(&on));
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
    const int threads = use_one_thread();
    status = dnnl_primitive_execute(product->primitive, worker->stream, product->bias ? 5 : 4, arguments);
    if (status == dnnl_success) status = dnnl_stream_wait(worker->stream);
    restore_threads(threads);
  }
  if (scratch) dnnl_memory_destroy(scratch);
  if (destination) dnnl_memory_destroy(destination);
  if (source) dnnl_memory_destroy(source);
  return status;
}

int mist_dnn_version(void) {
  const dnnl_version_t *version = dnnl_version();
  return version->major * 10000 + version->minor * 100 + version->patch;
}
