// Prepacked matrix products over oneDNN, whose 2.x and 3.x interfaces differ; nothing of either shows here.
#ifndef MIST_ONEDNN_H
#define MIST_ONEDNN_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Element type that a product computes in. Arguments stay f32; the place for bf16 and int8.
typedef enum mist_dnn_dtype {
  MIST_DNN_F32 = 0,
} mist_dnn_dtype;

/// What happens to `x·Wᵀ + b` on its way to memory.
typedef enum mist_dnn_finish {
  MIST_DNN_STORE = 0,
  /// GELU in its erf form.
  MIST_DNN_GELU = 1,
  /// Added to what the destination holds.
  MIST_DNN_ADD = 2,
} mist_dnn_finish;

/// `y[rows, columns] = finish(x[rows, depth] · Wᵀ + b)` with W `[columns, depth]` in the layout that the processor's
/// kernel wants. Immutable once it has its weights, and shared by threads.
typedef struct mist_dnn_product mist_dnn_product;

/// One thread's execution stream and scratch memory.
typedef struct mist_dnn_worker mist_dnn_worker;

/// Returns 0, or oneDNN's status code and leaves `*product` NULL. `bias` (NULL for none) is not copied: it must outlive the product.
/// The weights follow.
int mist_dnn_product_create(
    mist_dnn_product **product, mist_dnn_dtype dtype, mist_dnn_finish finish, size_t rows, size_t columns, size_t depth,
    const float *bias);

/// Columns of a panel, and steps that a panel's depth is rounded up to, of the one layout that oneDNN shares with others.
#define MIST_DNN_PANEL 64
#define MIST_DNN_STEPS 16
/// Whether the kernel wants the weights in panels of `MIST_DNN_PANEL` columns, as `mist_pack_panels` packs them.
int mist_dnn_product_takes_panels(const mist_dnn_product *product);
/// Gives the product its weights in such panels. They are not copied: they must outlive it. Returns 0, or oneDNN's status code.
int mist_dnn_product_use_panels(mist_dnn_product *product, const float *panels);
/// Gives the product its weights `[columns, depth]`, which oneDNN packs into memory of its own. Returns 0, or oneDNN's status code.
int mist_dnn_product_pack(mist_dnn_product *product, const float *weights);

/// The same product for another number of rows. Uses `other`'s packed weights where it can, so `other` must outlive it.
int mist_dnn_product_resize(mist_dnn_product **product, const mist_dnn_product *other, size_t rows);
void mist_dnn_product_destroy(mist_dnn_product *product);

/// Bytes of scratch memory a worker needs to run the product.
size_t mist_dnn_product_scratch(const mist_dnn_product *product);
/// oneDNN's name of the kernel it chose, such as `brg:avx512_core`.
const char *mist_dnn_product_kernel(const mist_dnn_product *product);

/// `scratch`: the largest of the products it will run.
int mist_dnn_worker_create(mist_dnn_worker **worker, size_t scratch);
void mist_dnn_worker_destroy(mist_dnn_worker *worker);

/// Runs on the calling thread alone. Arguments are contiguous.
int mist_dnn_product_run(const mist_dnn_product *product, mist_dnn_worker *worker, const float *x, float *y);

/// Version of the library that is loaded, as `major * 10000 + minor * 100 + patch`.
int mist_dnn_version(void);

#ifdef __cplusplus
}
#endif
#endif
