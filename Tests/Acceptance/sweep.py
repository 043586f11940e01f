"""A sweep over the vision transformers of timm and transformers, each in a tiny form with random weights and the configuration that
its library writes beside them: `mist convert` either gives what the library computes, block by block, or refuses. What converts
and computes something else fails, and so does a refusal that does not say why."""
import importlib.util
import json
import os
import shutil

from libraries import libraries
from report import row, run

TOLERANCE = 1e-4
# Every name of these modules, and a few of others whose models are no plain transformers.
TIMM_MODULES = [
    "vision_transformer", "deit", "eva", "beit", "vision_transformer_hybrid", "vision_transformer_relpos", "vision_transformer_sam",
    "naflexvit", "cait", "xcit"]
TIMM_OTHERS = [
    "convit_tiny", "convnext_atto", "crossvit_tiny_240", "hiera_tiny_224", "levit_128s", "mobilevit_xxs", "mvitv2_tiny",
    "pit_ti_224", "pvt_v2_b0", "sam2_hiera_tiny", "swin_tiny_patch4_window7_224", "swinv2_tiny_window8_256", "tiny_vit_5m_224",
    "tnt_s_patch16_224", "twins_pcpvt_small", "vitamin_small_224", "volo_d1_224", "mixer_s16_224", "fastvit_t8", "efficientvit_m0"]
# What a user passes beside the name and timm records as `model_args`: the arguments that alter a block must be refused or followed.
TIMM_ARGUMENTS = [
    {"act_layer": "relu"}, {"act_layer": "gelu_tanh"}, {"act_layer": "quick_gelu"}, {"act_layer": "gelu"}, {"act_layer": "silu"},
    {"qk_norm": True}, {"init_values": 0.1}, {"pre_norm": True}, {"qkv_bias": False}, {"proj_bias": False}, {"reg_tokens": 3},
    {"no_embed_class": True}, {"class_token": False, "global_pool": "avg"}, {"global_pool": "avg"}, {"global_pool": "map"},
    {"global_pool": "avg", "fc_norm": False}, {"class_token": False, "global_pool": "avg", "fc_norm": False}, {"mlp_ratio": 3},
    {"final_norm": False}, {"norm_layer": "rmsnorm"}, {"norm_layer": "layernorm"}, {"scale_attn_norm": True}, {"scale_mlp_norm": True},
    {"attn_layer": "diff"}, {"pos_embed": "none"}, {"drop_path_rate": 0.1, "drop_rate": 0.1}, {"dynamic_img_size": True},
    {"dynamic_img_pad": True}, {"weight_init": "jax"}, {"fix_init": True}, {"patch_size": 8}, {"in_chans": 1}, {"img_size": [32, 64]},
    {"img_size": [128, 160]}]


def script(places, folder):
    """A fixture's generator as a module."""
    spec = importlib.util.spec_from_file_location("make_" + folder, places.fixture(folder, "make.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Sweep:
    """Tries one model after the other and keeps what became of each."""

    def __init__(self, places):
        self.torch, self.timm, self.transformers = libraries()
        self.transformers.utils.logging.disable_progress_bar()
        self.make = script(places, "vit")
        self.folder = places.output("sweep", "model")
        self.converted = places.output("sweep", "converted.safetensors")
        self.golden = places.output("sweep", "golden.safetensors")
        self.verified, self.refused, self.wrong, self.unbuilt = [], [], [], []

    def attempt(self, name, build, goldens):
        """`build` writes a model into the folder and returns it; `goldens` writes its activations."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        try:
            model = build()
        except Exception as error:
            self.unbuilt.append(name)
            return print(f"  not built  {name}: {' '.join(str(error).split())[:120]}", flush=True)
        _, errors, _ = run("mist", "convert", self.folder, "-o", self.converted, status=None)
        if os.path.exists(self.converted):
            try:
                return self.compare(name, model, goldens)
            finally:
                os.remove(self.converted)
        sentence = next((line for line in errors.splitlines() if line.startswith("error[")), "")
        # A refusal says its code; an internal error or none is no refusal.
        (self.refused if sentence and "error[internal" not in sentence else self.wrong).append(name)
        print(f"  refused    {name}: {sentence.replace(self.folder, '…') or errors[-200:]}", flush=True)

    def compare(self, name, model, goldens):
        try:
            goldens(model)
        except Exception as error:
            self.wrong.append(name)
            return print(f"  CONVERTED  {name}, and there is no reference: {type(error).__name__} {str(error)[:120]}", flush=True)
        output, errors, _ = run(
            "mist", "verify", self.converted, "--golden", self.golden, "--tolerance", TOLERANCE, "--json", status=None)
        tensors = json.loads(output)["tensors"] if output else []
        worst = max((t["relativeError"] for t in tensors), default=None)
        fits = worst is not None and worst <= TOLERANCE
        (self.verified if fits else self.wrong).append(name)
        print(f"  {'verified ' if fits else 'DIFFERENT'}  {name}: " + (f"{worst:.1e}" if tensors else errors[-200:]), flush=True)

    def finish(self, library):
        row(f"{library}'s models, tiny", "verified or refused by name",
            f"{len(self.verified)} within {TOLERANCE:g}, {len(self.refused)} refused, {len(self.unbuilt)} the library did not build, "
            f"{len(self.wrong)} wrong {' '.join(self.wrong[:6])}", bool(self.verified) and not self.wrong)
        self.verified, self.refused, self.wrong, self.unbuilt = [], [], [], []

    def blocks(self, model, blocks, norm, size):
        """Writes what goes into the blocks and comes out of them, for an image of `size`."""
        images = self.torch.randn(1, 3, *size, generator=self.torch.Generator().manual_seed(1))
        tensors = self.make.golden(model, images, [len(blocks)], lambda _: (list(blocks), norm))
        self.make.save_file({k: v.clone() for k, v in tensors.items()}, self.golden)


def timm_model(sweep, name, **arguments):
    """Tries timm's model of this name; arguments that its function does not take are left out by and by."""
    tiny = {"embed_dim": 96, "depth": 2, "num_heads": 6, "img_size": 64, "num_classes": 5}
    # Others have sizes of their own; theirs are the smallest models.
    forms = [tiny, {k: v for k, v in tiny.items() if k != "img_size"}] if name not in TIMM_OTHERS else [{"num_classes": 5}]

    def build():
        problem = None
        for form in [{**form, **arguments} for form in forms]:
            patch = next((int(p[5:]) for p in name.split("_") if p.startswith("patch") and p[5:].isdigit()), 16)
            if form.get("img_size") == 64 and 64 % patch:
                form["img_size"] = 4 * patch
            try:
                model = sweep.timm.create_model(name, **form)
            except Exception as error:
                problem = problem or error
                continue
            sweep.make.randomise(model, 7)
            from timm.models._hub import save_for_hf

            # The factory's own record of arguments where this version keeps one.
            save_for_hf(model, sweep.folder, model_args=form, safe_serialization=True)
            return model
        raise problem

    def goldens(model):
        norm = next(n for n in (getattr(model, "norm", None), getattr(model, "fc_norm", None)) if isinstance(n, sweep.torch.nn.LayerNorm))
        size = model.patch_embed.img_size or (64, 64)
        sweep.blocks(model, model.blocks, norm, size)

    sweep.attempt(name + (" " + json.dumps(arguments) if arguments else ""), build, goldens)


def timm_sweep(sweep):
    names = [n for module in TIMM_MODULES for n in sweep.timm.list_models(module=module)]
    for name in names + [n for n in TIMM_OTHERS if sweep.timm.is_model(n)]:
        timm_model(sweep, name)
    for arguments in TIMM_ARGUMENTS:
        timm_model(sweep, "vit_tiny_patch16_224", **arguments)
    sweep.finish("timm")


# transformers' models: class, and what its configuration has beside the sizes. A value that alters the function stands with each.
SIZES = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128, image_size=64, patch_size=16)
DINO = dict(SIZES, mlp_ratio=2, image_size=56, patch_size=14)
SWIN = dict(image_size=64, embed_dim=16, depths=[1, 1], num_heads=[1, 2], window_size=4)
STAGES = dict(
    hidden_sizes=[16, 32, 64, 64], depths=[1, 1, 1, 1], num_attention_heads=[1, 2, 2, 4], decoder_hidden_size=32)
TRANSFORMERS = [
    ("ViT", "Model", SIZES), ("ViT", "ForImageClassification", SIZES), ("ViT", "Model", dict(SIZES, hidden_act="relu")),
    ("ViT", "Model", dict(SIZES, hidden_act="gelu_new")), ("ViT", "Model", dict(SIZES, hidden_act="gelu_pytorch_tanh")),
    ("ViT", "Model", dict(SIZES, hidden_act="quick_gelu")), ("ViT", "Model", dict(SIZES, layer_norm_eps=1e-3)),
    ("ViT", "Model", dict(SIZES, qkv_bias=False)), ("ViT", "Model", dict(SIZES, pooler_act="gelu")),
    ("ViT", "Model", dict(SIZES, image_size=[128, 160])), ("ViT", "ForMaskedImageModeling", SIZES),
    ("DeiT", "Model", SIZES), ("DeiT", "ForImageClassificationWithTeacher", SIZES), ("ViTMAE", "Model", SIZES),
    ("ViTMAE", "ForPreTraining", dict(SIZES, decoder_hidden_size=32, decoder_num_hidden_layers=1, decoder_num_attention_heads=4)),
    ("ViTMSN", "Model", SIZES), ("IJepa", "Model", SIZES), ("Dinov2", "Model", DINO), ("Dinov2", "ForImageClassification", DINO),
    ("Dinov2", "Backbone", DINO), ("Dinov2", "Model", dict(DINO, use_swiglu_ffn=True)), ("Dinov2", "Model", dict(DINO, hidden_act="relu")),
    ("Dinov2", "Model", dict(DINO, mlp_ratio=3)), ("Dinov2WithRegisters", "Model", DINO),
    ("Dinov2WithRegisters", "Model", dict(DINO, num_register_tokens=2)), ("DINOv3ViT", "Model", dict(SIZES, num_register_tokens=4)),
    ("DINOv3ViT", "Model", SIZES), ("DINOv3ViT", "Model", dict(SIZES, num_register_tokens=4, use_gated_mlp=True, hidden_act="silu")),
    ("DINOv3ViT", "Model", dict(SIZES, num_register_tokens=4, use_gated_mlp=True)),
    ("DINOv3ViT", "Model", dict(SIZES, num_register_tokens=4, hidden_act="relu")),
    ("DINOv3ViT", "Model", dict(SIZES, num_register_tokens=4, rope_theta=10.0)),
    ("DINOv3ViT", "Model", dict(SIZES, num_register_tokens=4, key_bias=True)),
    ("DINOv3ViT", "Model", dict(SIZES, num_register_tokens=4, mlp_bias=False)), ("DINOv3ConvNext", "Model", {}),
    ("Beit", "Model", SIZES), ("Data2VecVision", "Model", SIZES), ("CLIPVision", "Model", SIZES), ("SiglipVision", "Model", SIZES),
    ("Siglip2Vision", "Model", SIZES), ("AIMv2Vision", "Model", SIZES), ("Aimv2Vision", "Model", SIZES),
    ("Yolos", "Model", dict(SIZES, image_size=[64, 64])), ("DPT", "Model", SIZES), ("ViTDet", "Model", SIZES),
    ("VitPoseBackbone", "Backbone", dict(SIZES, image_size=[64, 64], patch_size=[16, 16])), ("PixtralVision", "Model", SIZES),
    ("IBertVision", "Model", SIZES), ("Segformer", "Model", STAGES), ("Segformer", "ForSemanticSegmentation", STAGES),
    ("Segformer", "ForImageClassification", STAGES), ("Segformer", "Model", dict(STAGES, hidden_act="relu")),
    ("Segformer", "Model", dict(STAGES, reshape_last_stage=False)), ("Segformer", "Model", dict(STAGES, layer_norm_eps=1e-3)),
    ("Segformer", "Model", dict(STAGES, sr_ratios=[4, 2, 1, 1])), ("Segformer", "Model", dict(STAGES, strides=[2, 2, 2, 2])),
    ("Swin", "Model", SWIN), ("Swinv2", "Model", SWIN), ("Dinat", "Model", dict(embed_dim=16, depths=[1], num_heads=[2])),
    ("Pvt", "Model", {}), ("PvtV2", "Model", {}), ("GLPN", "Model", dict(STAGES)), ("MobileViT", "Model", {}), ("ConvNext", "Model", {}),
    ("Levit", "Model", {}), ("Hiera", "Model", {}), ("SamVision", "Model", dict(SIZES, output_channels=16)),
    ("InternVLVision", "Model", SIZES), ("BitModel", "Model", {}), ("VJEPA2", "Model", SIZES)]


def transformers_model(sweep, family, kind, values):
    own = {k: v for k, v in values.items() if {**SIZES, **DINO, **STAGES}.get(k) != v}

    def build():
        library = sweep.transformers
        configuration = getattr(library, family + "Config")(**values)
        model = sweep.make.randomise(getattr(library, family + kind)(configuration), 7)
        model.save_pretrained(sweep.folder)
        return model

    def goldens(model):
        if family == "Segformer":
            return segformer_golden(sweep, model)
        inner = model.base_model if hasattr(model.base_model, "embeddings") or hasattr(model.base_model, "encoder") else model
        lists = [m for n, m in inner.named_modules() if isinstance(m, sweep.torch.nn.ModuleList) and len(m) == values["num_hidden_layers"]]
        norm = next(getattr(inner, n) for n in ("layernorm", "norm") if hasattr(inner, n))
        size = values["image_size"] if isinstance(values["image_size"], list) else [values["image_size"]] * 2
        forward = inner
        if family == "ViTMAE":  # otherwise it masks and shuffles the patches
            inner.config.mask_ratio = 0.0
            order = sweep.torch.arange((size[0] // 16) * (size[1] // 16)).float()[None]
            forward = lambda images: inner(images, noise=order)
        sweep.blocks(forward, lists[0], norm, size)

    sweep.attempt(family + kind + (" " + json.dumps(own) if own else ""), build, goldens)


def segformer_golden(sweep, model):
    images = sweep.torch.randn(1, 3, 64, 64, generator=sweep.torch.Generator().manual_seed(1))
    segformer = sweep.segformer
    tensors = segformer.golden(model, images, [2, sum(model.config.depths)])
    sweep.make.save_file({k: v.clone() for k, v in tensors.items()}, sweep.golden)


def transformers_sweep(sweep, places):
    sweep.segformer = script(places, "segformer")
    for family, kind, values in TRANSFORMERS:
        if hasattr(sweep.transformers, family + "Config") and hasattr(sweep.transformers, family + kind):
            transformers_model(sweep, family, kind, values)
    sweep.finish("transformers")


def sweep(places):
    """Every vision transformer of timm and transformers, tiny."""
    tried = Sweep(places)
    timm_sweep(tried)
    transformers_sweep(tried, places)
