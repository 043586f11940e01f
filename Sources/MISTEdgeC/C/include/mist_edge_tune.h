#ifndef MIST_EDGE_TUNE_H
#define MIST_EDGE_TUNE_H

#include "mist_edge.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Training on the device, with a handle that was opened for it. A step sums gradients over the images of a batch and then moves the head:

     for (i = 0; i < batch; i++) mist_edge_tune(edge, &features[i], classes[i], batch, &loss, &error);
     mist_edge_tune_step(edge, rate, 0, &error);

   A head that is trained already takes rates of some 1e-4; they should fall to 0 along an epoch's steps. mist_edge_predict and mist_edge_segment
   use the head as it is after the last step. */

/* Adds the gradient of the cross-entropy of an image of class `label`, divided by `batch`. The loss, not divided, to `loss` unless that is NULL.
   For classification. */
mist_edge_status mist_edge_tune(
    mist_edge *edge, const mist_edge_features *features, uint32_t label, uint32_t batch, float *loss, mist_edge_error *error);

/* The same of an image whose pixels [height x width] have the classes `mask`, 255 for none: the mean over the positions of the head's output
   that have one. An image without any adds nothing. For segmentation. */
mist_edge_status mist_edge_tune_mask(
    mist_edge *edge, const mist_edge_features *features, const uint8_t *mask, uint32_t batch, float *loss, mist_edge_error *error);

/* Either of sample `index` of the attached shard, which must have a class or a mask. */
mist_edge_status mist_edge_tune_sample(mist_edge *edge, size_t index, uint32_t batch, float *loss, mist_edge_error *error);

/* Moves the head by the gradients since the last step, which are 0 afterwards: AdamW with this rate, and this decay of its matrices. */
mist_edge_status mist_edge_tune_step(mist_edge *edge, float rate, float weight_decay, mist_edge_error *error);

/* Writes a bundle of the head as it is after the last step to the `*size` bytes at `bundle`, with weights of the type that the opened one has,
   and the number of its bytes to `*size`. MIST_EDGE_MORE_ARENA where they are too few, or `bundle` is NULL. */
mist_edge_status mist_edge_save(mist_edge *edge, void *bundle, size_t *size, mist_edge_error *error);

#ifdef __cplusplus
}
#endif

#endif
