"""The readers of other projects: each opens a file that mist wrote as a user of the library does, refuses any name too many or too
few, and returns the tokens after the last norm; a ViT's with a classifier also the scores."""
import json
import os
import sys

import numpy as np


def libraries():
    """torch, with the operators that a torchvision built for another torch lacks; then timm and transformers."""
    import torch

    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        libraries.operators = torch.library.Library("torchvision", "DEF")
        libraries.operators.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        libraries.operators.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import timm
    import transformers

    transformers.logging.set_verbosity_error()
    return torch, timm, transformers


def with_timm(folder, images):
    torch, timm, _ = libraries()
    from safetensors.torch import load_file

    model = timm.create_model("local-dir:" + folder, pretrained=True).eval()
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    weights = os.path.join(folder, "model.safetensors")
    if "mask_token" not in load_file(weights):
        # The other way in: by the name of the architecture.
        by_name = timm.create_model(
            config["architecture"], checkpoint_path=weights, num_classes=config["num_classes"],
            **config.get("model_args", {})).eval()
        by_name.load_state_dict(load_file(weights), strict=True)
        for key, value in by_name.state_dict().items():
            assert torch.equal(value, model.state_dict()[key]), key
    with torch.no_grad():
        tokens = model.forward_features(torch.from_numpy(images))
        return (tokens.numpy(), model.forward_head(tokens).numpy()) if config["num_classes"] else tokens.numpy()


def with_transformers(folder, images, output="last_hidden_state"):
    torch, _, transformers = libraries()
    with open(os.path.join(folder, "config.json")) as file:
        architecture = getattr(transformers, json.load(file)["architectures"][0])
    model, info = architecture.from_pretrained(folder, output_loading_info=True)
    wrong = {k: v for k, v in info.items() if v}
    assert not wrong, f"loading reports {wrong}"
    transformers.AutoImageProcessor.from_pretrained(folder)
    with torch.no_grad():
        images = torch.from_numpy(images)
        result = getattr(model.eval()(images), output, None)
        # A classifier: what its backbone gives, and its scores.
        return result.numpy() if result is not None else (
            getattr(model.base_model(images), output).numpy(), model(images).logits.numpy())


def with_numpy(path, images):
    """Google's vision_transformer by the published names: as its `models_vit.py` reads them, here in NumPy. GELU is the error
    function's, as the source computes it."""
    torch, _, _ = libraries()
    erf = lambda x: torch.erf(torch.from_numpy(x)).numpy()
    weights = dict(np.load(path))
    used = set()

    def get(name, *shape):
        used.add(name)
        value = weights[name]
        assert value.shape == shape, f"{name} has shape {value.shape} instead of {shape}"
        return value.astype(np.float64)

    def norm(x, name):
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) / np.sqrt(variance + 1e-6) * get(name + "/scale", width) + get(name + "/bias", width)

    patch, _, _, width = weights["embedding/kernel"].shape
    heads = weights["Transformer/encoderblock_0/MultiHeadDotProductAttention_1/query/kernel"].shape[1]
    hidden = weights["Transformer/encoderblock_0/MlpBlock_3/Dense_0/kernel"].shape[1]
    depth = sum(name.endswith("LayerNorm_0/scale") for name in weights)
    channels = width // heads
    batch, _, height, across = images.shape
    pixels = images.transpose(0, 2, 3, 1).astype(np.float64)
    patches = pixels.reshape(batch, height // patch, patch, across // patch, patch, 3).transpose(0, 1, 3, 2, 4, 5)
    kernel = get("embedding/kernel", patch, patch, 3, width).reshape(-1, width)
    x = patches.reshape(batch, -1, patch * patch * 3) @ kernel + get("embedding/bias", width)
    x = np.concatenate([np.tile(get("cls", 1, 1, width), (batch, 1, 1)), x], 1)
    x = x + get("Transformer/posembed_input/pos_embedding", 1, x.shape[1], width)
    for i in range(depth):
        block = f"Transformer/encoderblock_{i}/"
        y = norm(x, block + "LayerNorm_0")
        attention = block + "MultiHeadDotProductAttention_1/"
        q, k, v = (
            np.einsum("btc,chd->bhtd", y, get(f"{attention}{part}/kernel", width, heads, channels), optimize=True)
            + get(f"{attention}{part}/bias", heads, channels)[:, None] for part in ("query", "key", "value"))
        scores = q @ k.transpose(0, 1, 3, 2) / channels**0.5
        scores = np.exp(scores - scores.max(-1, keepdims=True))
        y = scores / scores.sum(-1, keepdims=True) @ v
        x = x + np.einsum("bhtd,hdc->btc", y, get(attention + "out/kernel", heads, channels, width), optimize=True)
        x = x + get(attention + "out/bias", width)
        y = norm(x, block + "LayerNorm_2")
        y = y @ get(block + "MlpBlock_3/Dense_0/kernel", width, hidden) + get(block + "MlpBlock_3/Dense_0/bias", hidden)
        y = y * (1 + erf(y / 2**0.5)) / 2
        x = x + y @ get(block + "MlpBlock_3/Dense_1/kernel", hidden, width) + get(block + "MlpBlock_3/Dense_1/bias", width)
    x = norm(x, "Transformer/encoder_norm")
    if "head/kernel" in weights:
        classes = weights["head/bias"].shape[0]
        x = x, x[:, 0] @ get("head/kernel", width, classes) + get("head/bias", classes)
    assert used == weights.keys(), sorted(weights.keys() - used)
    return x


VIT_LOADERS = {"timm": ("", with_timm), "hf": ("", with_transformers), "jax": (".npz", with_numpy)}


def with_project(places, project, images, backbone=False, epsilon=None):
    """The modules as NVlabs' repository or mmsegmentation builds them, with the model's own epsilon at every LayerNorm if it has
    another than the project's."""
    torch, _, _ = libraries()
    sys.path.insert(0, places.fixture("segformer-mmseg"))
    import modules
    from safetensors.torch import load_file

    def load(path):
        # The backbone as the segmentation models have it: without the classifier of the files trained on ImageNet.
        model = modules.build(project, "b4")
        model = (model.backbone if backbone else model).eval()
        for module in model.modules():
            if epsilon and isinstance(module, torch.nn.LayerNorm):
                module.eps = epsilon
        weights, expected = load_file(path), model.state_dict()
        assert weights.keys() == expected.keys(), sorted(weights.keys() ^ expected.keys())
        shapes = {k: (v.shape, expected[k].shape) for k, v in weights.items() if v.shape != expected[k].shape}
        assert not shapes, shapes
        model.load_state_dict(weights, strict=True)
        with torch.no_grad():
            return model(torch.from_numpy(images))

    return load
