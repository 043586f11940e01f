#!/usr/bin/env python3
"""timm and SegFormer checkpoints that cannot be converted, one reason each (Formats/naming-conventions.md). Standard library only.

  python3 make.py            writes a folder for each beside this script
"""
import json, os, struct

HERE = os.path.dirname(os.path.abspath(__file__))
C, P, MLP = 4, 2, 8
B = "blocks.0."
TENSORS = {
    "patch_embed.proj.weight": [C, 3, P, P], "patch_embed.proj.bias": [C], "cls_token": [1, 1, C], "pos_embed": [1, 5, C],
    B + "norm1.weight": [C], B + "norm1.bias": [C], B + "attn.qkv.weight": [3 * C, C], B + "attn.qkv.bias": [3 * C],
    B + "attn.proj.weight": [C, C], B + "attn.proj.bias": [C], B + "norm2.weight": [C], B + "norm2.bias": [C],
    B + "mlp.fc1.weight": [MLP, C], B + "mlp.fc1.bias": [MLP], B + "mlp.fc2.weight": [C, MLP], B + "mlp.fc2.bias": [C],
    "norm.weight": [C], "norm.bias": [C], "head.weight": [2, C], "head.bias": [2]}
CONFIG = {"architecture": "vit_toy", "model_args": {"img_size": 4, "patch_size": P, "embed_dim": C, "depth": 1, "num_heads": 2}}


def write(name, tensors, config=CONFIG, dtypes={}, values={}):
    """Zeros, but for the names in `values`."""
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    header, offset, data = {}, 0, b""
    for key, shape in tensors.items():
        size = 4
        for n in shape:
            size *= n
        header[key] = {"dtype": dtypes.get(key, "F32"), "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
        data += struct.pack(f"<{size // 4}f", *values[key]) if key in values else bytes(size)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors"), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)
    with open(os.path.join(folder, "config.json"), "w") as f:
        f.write(config if isinstance(config, str) else json.dumps(config))


def renamed(old, new):
    return {new if k == old else k: v for k, v in TENSORS.items()}


write("valid", TENSORS)
write("renamed-tensor", renamed(B + "norm2.bias", B + "norm2.bais"))
write("extra-tensor", {**TENSORS, B + "gate": [C]})
write("missing-tensor", {k: v for k, v in TENSORS.items() if k != B + "attn.proj.weight"})
write("transposed-weight", {**TENSORS, B + "mlp.fc1.weight": [C, MLP]})
write("position-embedding-off-by-two", {**TENSORS, "pos_embed": [1, 7, C]})
write("integer-weight", TENSORS, dtypes={B + "mlp.fc1.weight": "I32"})
write("not-finite", TENSORS, values={"norm.bias": [0, float("inf"), float("nan"), 0]})
write("two-networks", {p + k: v for p in ("teacher.", "student.") for k, v in TENSORS.items()})
write("other-depth", TENSORS, {**CONFIG, "model_args": {**CONFIG["model_args"], "depth": 2}})

def arguments(**own):
    return {**CONFIG, "model_args": {**CONFIG["model_args"], **own}}


# What is said beside the tensors, and is not what the backbone computes.
write("config-other-activation", TENSORS, arguments(act_layer="relu"))
write("config-unknown-key", TENSORS, arguments(gate_layer="sigmoid"))
write("config-heads-as-text", TENSORS, arguments(num_heads="2"))
write("config-other-architecture", TENSORS, {**CONFIG, "architecture": "vit_toy_rpn"})
write("config-parts-missing", TENSORS, arguments(init_values=1e-5))
write("position-embedding-two-readings", {**TENSORS, "pos_embed": [1, 9, C]}, {**CONFIG, "model_args": {
    k: v for k, v in CONFIG["model_args"].items() if k != "img_size"}})
write("adapter", {"base_model.model." + B + "attn.qkv.lora_A.weight": [2, C], "base_model.model." + B + "attn.qkv.lora_B.weight": [3 * C, 2]})
for name, key in (("flipped-channels", "do_flip_channel_order"), ("preprocessor-unknown-key", "do_sharpen")):
    write(name, TENSORS)
    with open(os.path.join(HERE, name, "preprocessor_config.json"), "w") as f:
        json.dump({"size": 4, key: True}, f)

# The same model under the names of Google's vision_transformer, here in safetensors.
E = "Transformer/encoderblock_0/"
A = E + "MultiHeadDotProductAttention_1/"
JAX = {
    "embedding/kernel": [P, P, 3, C], "embedding/bias": [C], "cls": [1, 1, C], "Transformer/posembed_input/pos_embedding": [1, 5, C],
    E + "LayerNorm_0/scale": [C], E + "LayerNorm_0/bias": [C], E + "LayerNorm_2/scale": [C], E + "LayerNorm_2/bias": [C],
    **{A + part + "/kernel": [C, 2, C // 2] for part in ("query", "key", "value")},
    **{A + part + "/bias": [2, C // 2] for part in ("query", "key", "value")},
    A + "out/kernel": [2, C // 2, C], A + "out/bias": [C], E + "MlpBlock_3/Dense_0/kernel": [C, MLP], E + "MlpBlock_3/Dense_0/bias": [MLP],
    E + "MlpBlock_3/Dense_1/kernel": [MLP, C], E + "MlpBlock_3/Dense_1/bias": [C], "Transformer/encoder_norm/scale": [C],
    "Transformer/encoder_norm/bias": [C], "head/kernel": [C, 2], "head/bias": [2]}
write("valid-jax", JAX)
write("jax-other-heads", JAX, {**CONFIG, "model_args": {**CONFIG["model_args"], "num_heads": 4}})
write("jax-flat-kernel", {**JAX, A + "query/kernel": [C, C]})
write("jax-renamed", {k.replace("/out/bias", "/output/bias"): v for k, v in JAX.items()})

# transformers' SegformerForSemanticSegmentation with two stages, in released names.
WIDTHS, KERNELS = [4, 6], [7, 3]


def pair(name, *shape):
    return {name + ".weight": list(shape), name + ".bias": [shape[0]]}


def segformer():
    tensors, channels = {}, 3
    for s, c in enumerate(WIDTHS):
        e, b = "segformer.encoder.", f"segformer.encoder.block.{s}.0."
        tensors |= pair(f"{e}patch_embeddings.{s}.proj", c, channels, KERNELS[s], KERNELS[s])
        tensors |= pair(f"{e}patch_embeddings.{s}.layer_norm", c) | pair(f"{e}layer_norm.{s}", c)
        for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            tensors |= pair(b + part, c, c)
        if s == 0:
            tensors |= pair(b + "attention.self.sr", c, c, 2, 2) | pair(b + "attention.self.layer_norm", c)
        tensors |= pair(b + "layer_norm_1", c) | pair(b + "layer_norm_2", c) | pair(b + "mlp.dense1", MLP, c)
        tensors |= pair(b + "mlp.dwconv.dwconv", MLP, 1, 3, 3) | pair(b + "mlp.dense2", c, MLP)
        tensors |= pair(f"decode_head.linear_c.{s}.proj", 5, c)
        channels = c
    tensors["decode_head.linear_fuse.weight"] = [5, 10, 1, 1]
    tensors |= {"decode_head.batch_norm." + part: [5] for part in ("weight", "bias", "running_mean", "running_var")}
    return tensors | pair("decode_head.classifier", 3, 5, 1, 1) | {"decode_head.classifier.weight": [3, 5, 1, 1]}


SEGFORMER = segformer()
SEGFORMER_CONFIG = {
    "model_type": "segformer", "depths": [1, 1], "hidden_sizes": WIDTHS, "num_attention_heads": [1, 2], "sr_ratios": [2, 1],
    "mlp_ratios": [2, 4 / 3], "patch_sizes": KERNELS, "strides": [4, 2], "decoder_hidden_size": 5,
    "id2label": {"0": "wall", "1": "sky", "2": "road"}}
SR, KEY = "segformer.encoder.block.0.0.attention.self.sr.weight", "segformer.encoder.block.1.0.attention.self.key.weight"

write("valid-segformer", SEGFORMER, SEGFORMER_CONFIG)
write("segformer-missing-key", {k: v for k, v in SEGFORMER.items() if k != KEY}, SEGFORMER_CONFIG)
write("segformer-head-elsewhere", {k.replace("decode_head.classifier.bias", "head.classifier.bias"): v for k, v in SEGFORMER.items()},
      SEGFORMER_CONFIG)
write("segformer-stage-channels", {**SEGFORMER, "segformer.encoder.patch_embeddings.1.proj.weight": [6, 3, 3, 3]}, SEGFORMER_CONFIG)
write("segformer-other-reduction", {**SEGFORMER, SR: [4, 4, 3, 3]}, SEGFORMER_CONFIG)
write("segformer-other-model", SEGFORMER, {**SEGFORMER_CONFIG, "model_type": "vit"})
write("segformer-depths-no-list", SEGFORMER, {**SEGFORMER_CONFIG, "depths": 2})
write("segformer-class-count", SEGFORMER, {**SEGFORMER_CONFIG, "id2label": {"0": "wall", "1": "sky"}})



# The same model under NVlabs' names, and its encoder under mmsegmentation's with that project's decode head.
def replaced(name, *pairs):
    for old, new in pairs:
        name = name.replace(old, new)
    return name


NVLABS = {}
for key, shape in SEGFORMER.items():
    if "self.value." in key:
        continue
    shape = [2 * shape[0]] + shape[1:] if "self.key." in key else shape
    for s in range(2):
        key = replaced(
            key, (f"segformer.encoder.patch_embeddings.{s}.", f"backbone.patch_embed{s + 1}."),
            (f"segformer.encoder.layer_norm.{s}.", f"backbone.norm{s + 1}."),
            (f"segformer.encoder.block.{s}.", f"backbone.block{s + 1}."), (f"linear_c.{s}.", f"linear_c{s + 1}."))
    NVLABS[replaced(
        key, ("attention.self.query", "attn.q"), ("attention.self.key", "attn.kv"), ("attention.self.sr", "attn.sr"),
        ("attention.self.layer_norm", "attn.norm"), ("attention.output.dense", "attn.proj"), ("mlp.dense", "mlp.fc"),
        ("layer_norm_", "norm"), ("layer_norm.", "norm."), ("linear_fuse.", "linear_fuse.conv."),
        ("batch_norm.", "linear_fuse.bn."), ("classifier.", "linear_pred."))] = shape

MMSEG = {}
for key, shape in NVLABS.items():
    if "attn.kv." in key or key.startswith("decode_head."):
        continue
    shape = [3 * shape[0]] + shape[1:] if "attn.q." in key else shape
    shape = shape + [1, 1] if ".mlp.fc" in key and key.endswith("weight") else shape
    for s in range(2):
        key = replaced(
            key, (f"patch_embed{s + 1}.proj.", f"layers.{s}.0.projection."), (f"patch_embed{s + 1}.", f"layers.{s}.0."),
            (f"backbone.norm{s + 1}.", f"backbone.layers.{s}.2."), (f"block{s + 1}.", f"layers.{s}.1."))
    MMSEG[replaced(
        key, ("attn.q.", "attn.attn.in_proj_"), ("attn.proj.", "attn.attn.out_proj."), ("mlp.fc1.", "ffn.layers.0."),
        ("mlp.dwconv.dwconv.", "ffn.layers.1."), ("mlp.fc2.", "ffn.layers.4."))] = shape
for part, channels in [("convs.0", 4), ("convs.1", 6), ("fusion_conv", 10)]:
    MMSEG[f"decode_head.{part}.conv.weight"] = [5, channels, 1, 1]
    MMSEG |= {f"decode_head.{part}.bn.{key}": [5] for key in ("weight", "bias", "running_mean", "running_var")}
MMSEG |= {"decode_head.conv_seg.weight": [3, 5, 1, 1], "decode_head.conv_seg.bias": [3]}
IN_PROJ, FFN = "backbone.layers.1.1.0.attn.attn.in_proj_weight", "backbone.layers.0.1.0.ffn.layers.0.weight"

write("valid-nvlabs", NVLABS, SEGFORMER_CONFIG)
write("nvlabs-stage-zero", {k.replace("block1.0.norm2", "block0.0.norm2"): v for k, v in NVLABS.items()}, SEGFORMER_CONFIG)
write("nvlabs-other-head", {**NVLABS, "decode_head.convs.0.conv.weight": [5, 4, 1, 1]}, SEGFORMER_CONFIG)
write("valid-mmseg", MMSEG, SEGFORMER_CONFIG)
write("mmseg-in-projection-rows", {**MMSEG, IN_PROJ: [12, 6]}, SEGFORMER_CONFIG)
write("mmseg-linear-ffn", {**MMSEG, FFN: [8, 4]}, SEGFORMER_CONFIG)
write("mmseg-no-in-projection", {k: v for k, v in MMSEG.items() if k != IN_PROJ}, SEGFORMER_CONFIG)

write("config-not-json", TENSORS, '{"architecture": "vit_toy",')

# A DINOv3 under Facebook's own names, and under timm's.
MASK = B + "attn.qkv.bias_mask"
HUB = {k: v for k, v in TENSORS.items() if k not in ("pos_embed", "head.weight", "head.bias")}
HUB |= {"storage_tokens": [1, 1, C], "mask_token": [1, C], B + "ls1.gamma": [C], B + "ls2.gamma": [C], MASK: [3 * C]}
HUB_CONFIG = {"architecture": "vit_toy_dinov3", "model_args": {"embed_dim": C, "depth": 1, "num_heads": 1, "patch_size": P}}
ON, OFF = [1.0] * C, [0.0] * C
EVA = {k.replace("ls1.gamma", "gamma_1").replace("ls2.gamma", "gamma_2").replace("storage_tokens", "reg_token"): v
       for k, v in HUB.items() if k not in (MASK, B + "attn.qkv.bias", "mask_token")}

write("valid-dinov3", HUB, HUB_CONFIG, values={MASK: ON + OFF + ON})
write("dinov3-untied-norm", {**HUB, "cls_norm.weight": [C], "cls_norm.bias": [C]}, HUB_CONFIG, values={MASK: ON + OFF + ON})
write("valid-dinov3-timm", EVA, HUB_CONFIG)
write("dinov3-other-model", HUB, {"model_type": "dinov2"}, values={MASK: ON + OFF + ON})

# Names with what training puts into them twice.
write("wrapped-twice", {**TENSORS, "blocks.0._orig_mod.norm2.bias": [C]})
