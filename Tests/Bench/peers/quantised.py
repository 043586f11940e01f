"""Models in int8, each by its tool's own quantisation, made once in the folder of the file they come from."""
import os

import numpy as np

# Images that NNCF takes the ranges of activations from.
CALIBRATION = 8


def by_onnxruntime(path):
    """Dynamic quantisation behind the tool's own preparation: weights in int8, activations as they come."""
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    made = path.replace(".onnx", "-ort-int8.onnx")
    if not os.path.exists(made):
        prepared, temporary = made + f".{os.getpid()}.prepared", made + f".{os.getpid()}"
        quant_pre_process(path, prepared, skip_symbolic_shape=True)
        quantize_dynamic(prepared, temporary, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"])
        os.remove(prepared)
        os.replace(temporary, made)
    return made


def by_nncf(path):
    """Post-training quantisation for transformers: weights and activations, ranges by calibration."""
    import nncf
    import openvino

    made = path.replace(".onnx", "-nncf-int8.xml")
    if not os.path.exists(made):
        model = openvino.Core().read_model(path)
        random, shape = np.random.default_rng(1), list(model.inputs[0].shape)
        batches = max(1, CALIBRATION // shape[0])
        images = [{"pixels": random.standard_normal(shape, dtype=np.float32)} for _ in range(batches)]
        quantised = nncf.quantize(
            model, nncf.Dataset(images), model_type=nncf.ModelType.TRANSFORMER, subset_size=batches)
        temporary = made.replace(".xml", f".{os.getpid()}.xml")
        openvino.save_model(quantised, temporary, compress_to_fp16=False)
        os.replace(temporary.replace(".xml", ".bin"), made.replace(".xml", ".bin"))
        os.replace(temporary, made)
    return made
