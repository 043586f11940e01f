#!/usr/bin/env python3
"""Vision transformers as their projects' training leaves them, and the libraries' own activations. Width 12, two blocks of three heads,
8-pixel patches at 32 x 32.

  python3 make.py            writes the folders beside this script

  torchvision       torchvision's VisionTransformer: model.safetensors, and released.safetensors with the MLP's names of released files
  siglip-gap        timm, no class token and a last norm before pooling, as its vit_base_patch16_siglip_gap_224 and *_gap_* functions build it
  ijepa             transformers' IJepaModel
  deit3             timm, under the names of facebookresearch/deit's models_v2.py (`gamma_1`, `gamma_2`; no position for the class token)
  mae               timm, with the decoder of facebookresearch/mae's models_mae.py beside it: checkpoint.pth as main_pretrain.py saves it
  dinov2-training   timm with layer scales, as facebookresearch/dinov2's training saves a teacher: chunks of blocks, heads beside the backbone
  wrapped           timm; compiled.safetensors: each block through torch.compile; checkpointed.safetensors: each through PyTorch's
                    checkpoint_wrapper; fsdp.safetensors: the names that FSDP gives the whole and each block
  two-networks      timm, two networks in one file: dino.pth as facebookresearch/dino's main_dino.py saves them, moco.pth as
                    facebookresearch/moco-v3's main_moco.py does
golden.safetensors (of two-networks also golden-other.safetensors, of the student and the momentum encoder) holds `input`, `F0` ... `F2`,
`gather_k2` and `final_norm`, from the libraries' modules; golden-logits.safetensors `input` and `logits`. versions.json names the libraries.
"""
import json, os, platform, re, sys
from collections import OrderedDict

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "vit"))
import make as vit  # defines torchvision's operators where they are missing
import numpy as np
import PIL, safetensors, timm, torch, torchvision, transformers
from safetensors.torch import save_file
from timm.models._hub import save_for_hf
from timm.models.vision_transformer import VisionTransformer
from torch.distributed.algorithms._checkpoint.checkpoint_wrapper import checkpoint_wrapper
from torchvision.models.vision_transformer import VisionTransformer as TorchvisionViT

SIZE = dict(img_size=32, patch_size=8, embed_dim=12, depth=2, num_heads=3)


def images():
    return vit.photographs(["chelsea.jpg"], 32, 32, **vit.HALF)


def noise(seed, *shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def below(prefix, state):
    return OrderedDict((prefix + name, value) for name, value in state.items())


def contiguous(state):
    return {name: value.detach().clone().contiguous() for name, value in state.items()}


class Case(vit.Case):
    def __init__(self, name):
        super().__init__(HERE, name, ["chelsea.jpg"])

    def weights(self, state, name="model.safetensors"):
        save_file(contiguous(state), self.path(name), metadata={"format": "pt"})

    def golden(self, model, name="golden.safetensors", parts=vit.blocks_and_norm):
        save_file(vit.golden(model, images(), [2], parts), self.path(name))


def timm_model(seed, **arguments):
    return vit.randomise(VisionTransformer(**{**SIZE, "num_classes": 0, **arguments}), seed)


def from_torchvision():
    model = TorchvisionViT(image_size=32, patch_size=8, num_layers=2, num_heads=3, hidden_dim=12, mlp_dim=48, num_classes=5)
    vit.randomise(model, 31)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if re.search(r"\bln(_\d)?\.weight$", name):
                p.add_(1)
    case = Case("torchvision")
    case.weights(model.state_dict())
    released = {n.replace("mlp.0.", "mlp.linear_1.").replace("mlp.3.", "mlp.linear_2."): v for n, v in model.state_dict().items()}
    model.load_state_dict(released)  # torchvision renames them itself
    case.weights(released, "released.safetensors")
    case.golden(model, parts=lambda m: (list(m.encoder.layers), m.encoder.ln))
    case.logits(model, images())


def siglip_gap():
    case = Case("siglip-gap")
    model = timm.create_model("vit_base_patch16_siglip_gap_224", num_classes=5, **SIZE)
    vit.randomise(model, 32)
    save_for_hf(model, case.folder, model_args=SIZE, safe_serialization=True)
    case.golden(model)
    case.logits(model, images())


def ijepa():
    case = Case("ijepa")
    model = transformers.IJepaModel(transformers.IJepaConfig(
        hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=48, image_size=32, patch_size=8))
    vit.randomise(model, 33).save_pretrained(case.folder)
    case.golden(model)


def deit3():
    case = Case("deit3")
    model = timm_model(34, no_embed_class=True, init_values=1e-6, num_classes=5)
    case.weights({re.sub(r"ls([12])\.gamma", r"gamma_\1", n): v for n, v in model.state_dict().items()})
    case.golden(model)
    case.logits(model, images())


def mae():
    case = Case("mae")
    model = timm_model(35)
    decoder = {"mask_token": noise(1, 1, 1, 8), "decoder_pos_embed": noise(2, 1, 17, 8), "decoder_embed.weight": noise(3, 8, 12),
               "decoder_embed.bias": noise(4, 8), "decoder_blocks.0.norm1.weight": noise(5, 8),
               "decoder_blocks.0.attn.qkv.weight": noise(6, 24, 8), "decoder_norm.weight": noise(7, 8), "decoder_norm.bias": noise(8, 8),
               "decoder_pred.weight": noise(9, 192, 8), "decoder_pred.bias": noise(10, 192)}
    optimizer = torch.optim.AdamW(model.parameters())
    torch.save({"model": OrderedDict({**model.state_dict(), **decoder}), "optimizer": optimizer.state_dict(), "epoch": 800},
               case.path("checkpoint.pth"))
    case.golden(model)


def dinov2_training():
    case = Case("dinov2-training")
    model = timm_model(36, init_values=1.0)
    # Both blocks are in the first chunk; a block's number is its own in the whole model.
    backbone = {re.sub(r"^blocks\.", "blocks.0.", n): v for n, v in model.state_dict().items()}
    backbone["mask_token"] = torch.zeros(1, 12)
    heads = {"dino_head.mlp.0.weight": noise(1, 8, 12), "dino_head.last_layer.weight_g": noise(2, 16, 1),
             "ibot_head.mlp.0.weight": noise(3, 8, 12)}
    torch.save({"teacher": OrderedDict({**below("backbone.", backbone), **heads})}, case.path("teacher_checkpoint.pth"))
    case.golden(model)


def wrapped():
    case = Case("wrapped")
    model = timm_model(37)
    case.golden(model)
    state = model.state_dict()
    fsdp = {"_fsdp_wrapped_module." + re.sub(r"^(blocks\.\d+\.)", r"\1_fsdp_wrapped_module._checkpoint_wrapped_module.", n): v
            for n, v in state.items()}
    case.weights(fsdp, "fsdp.safetensors")
    for name, wrapper in (("compiled", torch.compile), ("checkpointed", checkpoint_wrapper)):
        copy = timm_model(37)
        for i, block in enumerate(copy.blocks):
            copy.blocks[i] = wrapper(block)
        # checkpoint_wrapper takes itself out of the names of state_dict(), and leaves itself in those of parameters.
        case.weights(copy.state_dict() if name == "compiled" else dict(copy.named_parameters()), name + ".safetensors")


def two_networks():
    case = Case("two-networks")
    one, other = timm_model(38), timm_model(39)
    case.golden(one)
    case.golden(other, "golden-other.safetensors")
    head = {"head.mlp.0.weight": noise(1, 8, 12), "head.mlp.0.bias": noise(2, 8), "head.last_layer.weight_g": noise(3, 16, 1),
            "head.last_layer.weight_v": noise(4, 16, 8)}
    torch.save({
        "student": OrderedDict({**below("module.backbone.", other.state_dict()), **below("module.", head)}),
        "teacher": OrderedDict({**below("backbone.", one.state_dict()), **head}), "epoch": 100,
        "dino_loss": OrderedDict(center=torch.zeros(1, 16))}, case.path("dino.pth"))
    head = {"head.0.weight": noise(5, 8, 12), "head.1.weight": noise(6, 8), "head.1.running_mean": noise(7, 8),
            "head.1.num_batches_tracked": torch.tensor(1), "head.3.weight": noise(8, 8, 8)}
    torch.save({"epoch": 300, "arch": "vit_small", "state_dict": OrderedDict({
        **below("module.base_encoder.", {**one.state_dict(), **head}),
        **below("module.momentum_encoder.", {**other.state_dict(), **head}),
        **below("module.predictor.", {"0.weight": noise(9, 8, 8)})})}, case.path("moco.pth"))


if __name__ == "__main__":
    torch.manual_seed(0)
    for make_case in (from_torchvision, siglip_gap, ijepa, deit3, mae, dinov2_training, wrapped, two_networks):
        make_case()
    versions = {m.__name__: m.__version__ for m in (torch, torchvision, timm, transformers, safetensors, np, PIL)}
    with open(os.path.join(HERE, "versions.json"), "w") as f:
        json.dump({"python": platform.python_version(), **versions}, f, indent=2)
        f.write("\n")
