"""The models that peers run: the same shapes and gathers as `mist bench` gives, with random weights. No product depends on its
values for its time."""
import os

SIZES = {"vit-b16": 224, "dinov2-s14": 224, "segformer-b4": 512}
GATHERS = {"vit-b16": (4, 8, 12), "dinov2-s14": (4, 8, 12), "segformer-b4": (14, 27, 41)}


def build(name):
    import torch

    torch.manual_seed(0)
    gathers, side = GATHERS[name], SIZES[name]
    if name == "segformer-b4":
        import pyramid

        return pyramid.Gather(gathers).eval()
    import transformer

    if name == "vit-b16":
        return transformer.Gather(gathers, 768, 12, 16, side).eval()
    return transformer.Gather(gathers, 384, 6, 14, side, scaled=True).eval()


def exported(name, batch, folder):
    """The model as an ONNX file of fixed shapes in `folder`, exported once."""
    path = os.path.join(folder, f"{name}-{batch}.onnx")
    if not os.path.exists(path):
        import torch

        temporary = path + f".{os.getpid()}"
        with torch.no_grad():
            torch.onnx.export(
                build(name), (torch.zeros(batch, 3, SIZES[name], SIZES[name]),), temporary, dynamo=False,
                opset_version=17, input_names=["pixels"])
        os.replace(temporary, path)
    return path
