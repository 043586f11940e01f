// What the shim's files share; not part of the module.
#ifndef MIST_DNN_PRIVATE_H
#define MIST_DNN_PRIVATE_H

#include "COneDNN.h"

#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_version.h>
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

// oneDNN's threads come from OpenMP, whose thread count belongs to the calling thread. Returns what `mist_dnn_restore_threads` needs.
int mist_dnn_use_one_thread(void);
void mist_dnn_restore_threads(int before);

// The one engine of the process.
dnnl_status_t mist_dnn_engine(dnnl_engine_t *result);

// A layout of f32 [rows, columns]; `mist_dnn_forget` gives back what 3.x allocates for it.
dnnl_status_t mist_dnn_describe(owned_layout *layout, size_t rows, size_t columns, dnnl_format_tag_t tag);
void mist_dnn_forget(owned_layout *layout);

// Chooses the kernel: the layout of the weights is left to it, its scratch memory is the worker's.
dnnl_status_t mist_dnn_choose_kernel(
    mist_dnn_product *product, dnnl_engine_t on, mist_dnn_finish finish, layout_view x, layout_view w, layout_view b,
    layout_view y);

// Copies from one layout to another.
dnnl_status_t mist_dnn_reorder(dnnl_memory_t from, dnnl_memory_t to, dnnl_engine_t on);

#endif
