"""Every verb, on models, images and features made of fixtures. Each step is a command line in the folder of one side; `run` says
whether it succeeded, and what it could not do both sides must refuse alike."""
import glob
import os

DESTINATIONS = {"timm": "", "hf": "", "jax": ".npz", "nvlabs": ".safetensors", "mmseg": ".safetensors"}
# What files do not say.
OPTIONS = {
    "vit/hub-dinov2-registers": ("--heads", "3", "--image-size", "32"),
    "segformer-mmseg/nvlabs/": ("--heads", "1,2,4,3"),
    "segformer-mmseg/mmseg/": ("--heads", "1,2,4,3"),
    "segformer-mmseg/nvlabs-imagenet/": ("--heads", "1,2,5,4"),
    "segformer-mmseg/mmseg-imagenet/": ("--heads", "1,2,5,4"),
    "pytorch/timm-vit-averaged": ("--prefix", "model_ema.", "--ignore", "model.*"),
}


def sources(fixtures):
    """Every checkpoint among the fixtures: a name for it, its path below `fixtures`, and its goldens."""
    found = {}

    def add(path, goldens=None):
        folder = os.path.join(fixtures, goldens or (path if os.path.isdir(os.path.join(fixtures, path)) else os.path.dirname(path)))
        found[path.replace("/", "-")] = (path, sorted(
            os.path.relpath(golden, fixtures) for golden in glob.glob(os.path.join(folder, "golden*.safetensors"))))

    def each(pattern):
        return sorted(os.path.relpath(path, fixtures) for path in glob.glob(os.path.join(fixtures, pattern)))

    for model in each("vit/*/model.safetensors") + each("segformer/*/model.safetensors"):
        if "decode-head" not in model:
            add(os.path.dirname(model))
    for model in each("vit/*/model.onnx") + each("segformer/*/model.onnx") + each("segformer-mmseg/*/model.*"):
        add(model)
    add("vit/hf-vit/sharded", "vit/hf-vit")
    for model in each("vit/timm-vit/jax/*.npz"):
        add(model, "vit/timm-vit")
    for model in each("pytorch/hf-vit") + each("pytorch/timm-vit") + each("pytorch/timm-vit-averaged"):
        add(model)
    for model in each("onnx-sources/*/*.onnx"):
        name = model.split("/")[1]
        add(model, ("segformer/" if "segformer" in name else "vit/") + name)
    return found


def said(path):
    return next((options for part, options in OPTIONS.items() if path.startswith(part)), ())


def checkpoints(run, fixtures):
    """convert, inspect, verify."""
    for name, (path, goldens) in sources(fixtures).items():
        source, model, options = "fixtures/" + path, f"models/{name}.safetensors", said(path)
        run("inspect", source, "--json", *options)
        run("inspect", source, "--stats", "--json", *options)
        run("convert", source, "-o", model, "--json", *options)
        run("inspect", model, "--json")
        run("inspect", model, "--diff", source, "--json", refusal=True)
        run("inspect", source, "--diff", model, *options, "--json", refusal=True)
        for golden in goldens:
            run("verify", model, "--golden", "fixtures/" + golden, "--json", refusal=True)
        for to, ending in DESTINATIONS.items():
            there = f"destinations/{name}-{to}{ending}"
            if run("convert", model, "--to", to, "-o", there, "--json", refusal=True):
                run("convert", there, "-o", f"destinations/{name}-{to}-back.safetensors", "--json", refusal=True)
    for name in ("vit-timm-vit", "segformer-hf-segformer-hub"):
        source = "fixtures/" + name.replace("-", "/", 1)
        for dtype in ("f16", "bf16"):
            output = f"models/{name}-{dtype}.safetensors"
            run("convert", source, "-o", output, "--dtype", dtype, "--json")
            run("inspect", output, "--diff", f"models/{name}.safetensors", "--json", refusal=True)
        run("convert", source, "-o", "models/unused.safetensors", "--dry-run", "--json")
        run("inspect", source, "--plan", "--json")
        for backend in ("onednn", "packed", "openblas"):
            for dtype in ("", "-bf16"):
                run("verify", f"models/{name}{dtype}.safetensors", "--golden", f"{source}/golden.safetensors",
                    "--backend", backend, "--json", refusal=True)
    run("convert", "drawn/segformer-small", "-o", "models/small.safetensors", "--json")


def malformed(run, fixtures):
    """Every malformed file: the same refusal."""
    for path in sorted(glob.glob(os.path.join(fixtures, "malformed", "*", "*"))):
        place = "fixtures/" + os.path.relpath(path, fixtures)
        if place.endswith((".py", ".bin", ".data")):
            continue
        if place.endswith(".mistedge"):
            run("inspect", place, "--json", refusal=True)
            run("info", place, "--json", tool="mist-edge", refusal=True)
        elif "feature-store" in place or "malformed/head" in place:
            run("inspect", place, "--verify", "--json", refusal=True)
        elif "edge-features" in place:
            bundle = "maps-f32" if "maps-" in place else "f32"
            run("run", f"fixtures/edge-bundle/{bundle}.mistedge", place, "--json", tool="mist-edge", refusal=True)
        else:
            run("convert", place, "-o", "malformed.safetensors", "--json", refusal=True)


def extractions(run):
    """extract: both layouts, every element type, views; skipped files; what one model family has and another has not."""
    vit, segformer = "models/vit-hf-vit.safetensors", "models/segformer-hf-segformer-hub.safetensors"

    def extract(name, model, images, *options):
        run("extract", model, "drawn/" + images, "-o", "stores/" + name, *options, "--json")
        run("inspect", "stores/" + name, "--verify", "--json")

    for dtype in ("f32", "f16", "int8"):
        extract(f"classes-{dtype}", vit, "shapes", "--gather", "1,2,3", "--dtype", dtype, "--shard-size", "40")
        extract(f"maps-{dtype}", segformer, "scenes", "--gather", "3,7", "--dtype", dtype, "--views", "3", "--seed", "7",
                "--input", "96x128", "--shard-size", "20")
    extract("one-depth", vit, "shapes", "--gather", "2", "--no-final", "--threads", "1", "--backend", "packed")
    extract("registers", "models/vit-timm-dinov2-reg.safetensors", "shapes", "--backend", "openblas")
    extract("photographs", vit, "photographs", "--dtype", "f32")
    extract("segformer-classes", segformer, "shapes", "--gather", "3,7", "--dtype", "f32")
    extract("final", segformer, "scenes", "--gather", "7", "--export", "final", "--no-reduce-zero-label")
    # As many classes as the decode head has.
    extract("seven", segformer, "seven", "--gather", "3,7", "--dtype", "f32", "--input", "64x96")
    extract("grid", "models/vit-hf-dinov2.safetensors", "scenes", "--input", "48x64", "--views", "2", "--dtype", "f32")
    extract("grid-registers", "models/vit-hf-dinov2-registers.safetensors", "scenes", "--gather", "2", "--input", "40x48")
    run("extract", vit, "drawn/photographs", "-o", "stores/strict", "--strict", "--json", refusal=True)
    run("extract", segformer, "drawn/scenes", "-o", "stores/unused", "--dry-run", "--json")
    run("extract", segformer, "drawn/scenes", "-o", "stores/unused", "--task", "classification", "--json", refusal=True)
    # Each ends in the same store, whatever had been done when it was killed.
    small = ("extract", "models/small.safetensors", "drawn/scenes", "--gather", "4,8", "--views", "2", "--shard-size", "4",
             "--threads", "2", "--json", "-o")
    run(*small, "stores/whole")
    run(*small, "stores/killed", kill="stores/killed")


CLASSES = {
    "linear": ("classes-f16", "--method", "linear", "--epochs", "8"),
    "linear-final": ("classes-f32", "--method", "linear", "--k", "final", "--epochs", "8", "--lr", "3e-3"),
    "linear-mean": ("classes-int8", "--method", "linear", "--pool", "mean", "--epochs", "4", "--input-norm"),
    "lae": ("classes-f16", "--method", "lae", "--rank", "4", "--depth", "2", "--k", "2", "--epochs", "6"),
    "lae-mean": ("classes-int8", "--method", "lae", "--pool", "mean", "--k", "3", "--epochs", "3", "--seed", "1,2"),
    "lae-regularised": (
        "classes-f32", "--method", "lae", "--rank", "8", "--depth", "1", "--k", "1", "--epochs", "4", "--tokens", "0.5",
        "--dropout", "0.2", "--label-smoothing", "0.1", "--weight-decay", "0.3", "--patience", "2", "--threads", "1"),
    "plain": ("classes-f16", "--recipe", "plain", "--method", "lae", "--k", "3", "--epochs", "4", "--batch", "16"),
    "auto": ("classes-f16", "--epochs", "4"),
    "auto-one-depth": ("one-depth", "--epochs", "3"),
    "registers": ("registers", "--method", "lae", "--epochs", "3", "--lr", "1e-3"),
    "no-validation": ("photographs", "--epochs", "3", "--depth", "2", "--rank", "8"),
    "segformer-classes": ("segformer-classes", "--epochs", "3", "--k", "7", "--rank", "8"),
}
MASKS = {
    **{f"{head}-on-{lae}": (
        f"maps-{dtype}", "--head", head, "--lae", lae, "--k", "7", "--epochs", "2",
        *(("--hidden", "16") if head == "mlp" else ()), *(("--rank", "8", "--depth", "2") if lae != "none" else ()))
       for head, dtype in (("linear", "f16"), ("mlp", "int8")) for lae in ("none", "final", "all")},
    "masks-auto": ("maps-f16", "--epochs", "1", "--hidden", "16", "--rank", "4", "--depth", "1"),
    "masks-plain": ("maps-f32", "--recipe", "plain", "--head", "linear", "--lae", "final", "--k", "3", "--epochs", "2", "--batch",
                    "4", "--power", "0.9", "--warmup", "3", "--input-norm", "--seed", "1,2", "--lr", "3e-3"),
    "masks-final": ("maps-f32", "--k", "final", "--head", "mlp", "--lae", "none", "--epochs", "2", "--hidden", "24", "--dropout",
                    "0.1", "--weight-decay", "0.05", "--threads", "1"),
    "masks-export-final": ("final", "--method", "lae", "--epochs", "2", "--rank", "8", "--k", "7"),
    "masks-grid": ("grid", "--method", "lae", "--epochs", "2", "--rank", "8", "--k", "2"),
    "masks-registers": ("grid-registers", "--method", "mlp", "--epochs", "2", "--hidden", "8"),
}


FOLDED = {"folded": ("seven",), "folded-3": ("seven",)}
HEADS = {**CLASSES, **MASKS, **FOLDED}


def trainings(run):
    """train: every method and head, recipes, regularisation; with the log of every run."""
    for name, (store, *options) in {**CLASSES, **MASKS}.items():
        run("train", "stores/" + store, "-o", f"heads/{name}.safetensors", "--log", f"heads/{name}.json", *options, "--json")
    for name, options in {"folded": (), "folded-3": ("--k", "3")}.items():
        run("fold", "models/segformer-hf-segformer-hub.safetensors", "--features", "stores/seven", *options, "-o",
            f"heads/{name}.safetensors")
    run("fold", "models/segformer-hf-segformer-hub.safetensors", "--features", "stores/maps-f16", "-o", "heads/unused.safetensors",
        refusal=True)


def measurements(run):
    """inspect and eval of heads."""
    for name, (store, *_) in HEADS.items():
        head, store = f"heads/{name}.safetensors", "stores/" + store
        run("inspect", head, "--json")
        run("eval", head, store, "--json")
        predictions = ("--predictions", f"heads/{name}.tsv") if name in CLASSES else ()
        run("eval", head, store, "--split", "train", *predictions, "--json")
    run("eval", "heads/linear.safetensors", "stores/maps-f16", "--json", refusal=True)
    run("eval", "heads/mlp-on-all.safetensors", "stores/classes-f16", "--json", refusal=True)
    run("eval", "heads/lae.safetensors", "stores/registers", "--json", refusal=True)


def device(run):
    """export, and the runtime on bundles and stored features."""
    for name, (store, *_) in HEADS.items():
        shard = f"stores/{store}/{'val' if name not in CLASSES else 'train' if store == 'photographs' else 'test'}-*.safetensors"
        for dtype in ("f32", "f16", "int8"):
            bundle = f"bundles/{name}-{dtype}.mistedge"
            run("export", f"heads/{name}.safetensors", "-o", bundle, "--dtype", dtype, "--features", "stores/" + store, "--json")
            run("info", bundle, "--json", tool="mist-edge")
            run("selftest", bundle, "--json", tool="mist-edge")
            maps = ("--maps", f"class-maps/{name}-{dtype}") if name not in CLASSES else ()
            run("run", bundle, shard, *maps, "--json", tool="mist-edge")
    for name in ("lae", "mlp-on-all"):
        store, more = (CLASSES.get(name) or MASKS[name])[0], "lae" == name
        shard = f"stores/{store}/{'test' if more else 'val'}-*.safetensors"
        for golden in ("none", "full", "compact"):
            bundle = f"bundles/{name}-{golden}.mistedge"
            run("export", f"heads/{name}.safetensors", "-o", bundle, "--golden", golden, "--json")
            run("selftest", bundle, "--portable", "--json", tool="mist-edge", refusal=True)
        run("run", bundle, shard, "--portable", tool="mist-edge")
        run("run", bundle, shard, "--labels", tool="mist-edge", refusal=True)
        run("run", bundle, shard, "--top", "2", tool="mist-edge")
        run("run", bundle, tool="mist-edge")
        if not more:
            run("run", bundle, shard, "--maps", "class-maps/grid", "--grid", tool="mist-edge")
            run("run", bundle, shard, "--maps", "class-maps/raw", "--raw", tool="mist-edge")
    for bundle in ("f32", "f16", "int8", "final", "linear", "mean", "maps-f32", "maps-f16", "maps-int8"):
        path = f"fixtures/edge-bundle/{bundle}.mistedge"
        run("info", path, "--json", tool="mist-edge")
        run("selftest", path, "--json", tool="mist-edge")
        run("inspect", path, "--json")
        for dtype in ("f32", "f16", "int8"):
            shard = f"fixtures/edge-features/{'maps-' if 'maps' in bundle else ''}{dtype}.safetensors"
            run("run", path, shard, "--json", tool="mist-edge", refusal=True)


def predictions(run):
    """predict: heads, bundles, stored features, a SegFormer's own decode head."""
    photographs = sorted(["chelsea.jpg", "astronaut.png", "coffee.jpg", "rocket.jpg"])
    images = ["fixtures/images/" + name for name in photographs]
    vit, segformer = "models/vit-hf-vit.safetensors", "models/segformer-hf-segformer-hub.safetensors"
    for name in ("linear", "linear-final", "lae", "lae-mean", "auto"):
        run("predict", vit, f"heads/{name}.safetensors", *images, "--json")
        run("predict", vit, f"bundles/{name}-int8.mistedge", "drawn/shapes/test/x03", "--top", "2", "--threads", "1", "--json")
        run("predict", f"bundles/{name}-f32.mistedge", f"stores/{CLASSES[name][0]}/test-*.safetensors", "--json")
    run("predict", "models/vit-timm-dinov2-reg.safetensors", "heads/registers.safetensors", *images, "--json")
    run("predict", segformer, "heads/segformer-classes.safetensors", *images, "--json", refusal=True)
    run("predict", segformer, *images, "-o", "masks/own", "--json")
    run("predict", "models/segformer-mmseg-mmseg-model.pth.safetensors", *images, "-o", "masks/mmseg", "--json", refusal=True)
    run("predict", "models/segformer-mmseg-nvlabs-model.pth.safetensors", *images, "-o", "masks/nvlabs", "--json")
    scenes = "drawn/scenes/images/validation"
    for name in ("linear-on-none", "mlp-on-final", "mlp-on-all", "masks-plain", "masks-final", "masks-export-final"):
        run("predict", segformer, f"heads/{name}.safetensors", scenes, *images, "-o", f"masks/{name}", "--json")
        run("predict", segformer, f"bundles/{name}-f16.mistedge", scenes, "-o", f"masks/{name}-f16", "--json")
        run("predict", f"bundles/{name}-f32.mistedge", f"stores/{MASKS[name][0]}/val-*.safetensors", "-o",
            f"masks/{name}-stored", "--json")
    run("predict", "models/vit-hf-dinov2.safetensors", "heads/masks-grid.safetensors", scenes, "-o", "masks/grid", "--json")
    run("predict", "models/vit-hf-dinov2.safetensors", "heads/mlp-on-all.safetensors", scenes, "-o", "masks/none", "--json", refusal=True)
    run("predict", segformer, "heads/folded.safetensors", scenes, "-o", "masks/folded", "--json")
    run("predict", segformer, "bundles/folded-int8.mistedge", scenes, "-o", "masks/folded-int8", "--json")


GROUPS = {"checkpoints": checkpoints, "malformed": malformed, "extractions": extractions, "trainings": trainings,
          "measurements": measurements, "device": device, "predictions": predictions}
