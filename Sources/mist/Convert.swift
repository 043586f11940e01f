import ArgumentParser
import Foundation
import MISTBackbone
import MISTFormats
import MISTModels

/// `mist convert`: a foreign checkpoint to a canonical one.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Convert a pretrained model to mist's own checkpoint, or to another project's.",
    discussion: """
      SOURCE is a .safetensors, .onnx, .npz, .pth, .pt or .bin file, the index of a checkpoint split over several files, or a folder \
      with one of them; config.json and preprocessor_config.json beside it are read. Names of timm, Hugging Face (ViT, I-JEPA, \
      DINOv2, DINOv3, SegFormer), Facebook's DINOv2, DINOv3, DeiT III and MAE, torchvision, Google's JAX ViTs, and the SegFormers \
      of NVlabs, mmsegmentation and segmentation_models_pytorch are recognised. Every tensor is either mapped or \
      listed as left out; anything else is an error.

      A file of several networks needs --prefix, which leaves out what does not begin with it. --rename 'PATTERN=REPLACEMENT' \
      gives tensors other names first: a regular expression over the whole name, and $1 for its first group.

      --to says for whom: canonical (the default) is mist's own checkpoint, a file. hf and timm write a folder with \
      model.safetensors and the config.json that the library wants (hf with preprocessor_config.json too), or the weights alone \
      where OUT ends in .safetensors; a folder appears whole, and takes the whole place of an older one that holds nothing else. jax writes one .npz file under the names of Google's \
      published ones, nvlabs and mmseg one safetensors file of what their checkpoints have under \
      state_dict. What a convention cannot express is refused. What its files cannot say \
      travels in their metadata, so that converting back gives the same bytes. Classifiers of images and a SegFormer's decode \
      head are converted with the backbone; --ignore 'head.*', or what the source calls it, leaves one out.

      Examples:
        mist convert vit-base-patch16-224/ -o vit.safetensors --dry-run
        mist convert vit_s_focus.onnx -o dinov2.safetensors --dtype f16
        mist convert timm-vit/ --to hf -o vit-hf/        then transformers.ViTModel.from_pretrained("vit-hf")
        mist convert vit-hf/ --to jax -o vit.npz
        mist convert segformer-b4/ --to nvlabs -o b4.safetensors
        mist convert dino_checkpoint.pth --prefix teacher.backbone. -o dino.safetensors
        mist convert vit-base/ -o vit.safetensors --prepack bf16,int8
        mist convert mine.pth --rename 'tower\\.(.*)=$1' -o mine.safetensors
        mist convert vit-hf/ --to timm -o vit-timm/      then timm.create_model("local-dir:vit-timm", pretrained=True)
      """)

  @Argument(help: "Model file, or a folder with one.")
  var source: String

  @Option(
    help: "Whose names and files to write: \(Destination.allCases.map(\.rawValue).joined(separator: ", ")).")
  var to = Destination.canonical.rawValue

  @Option(name: [.short, .customLong("output")], help: "The file or folder to write.")
  var output: String?

  @Flag(help: "Print the plan and write nothing.")
  var dryRun = false

  @Flag(help: "Print the plan as JSON.")
  var json = false

  @Option(help: "Element type to write: f32, f16 or bf16. Default: the source's own.")
  var dtype: String?

  @Option(
    help: ArgumentHelp(
      "Pack the weights for products in these precisions too, by this processor's kernels, in OUT.prepack-PRECISION: f32, bf16 and int8, between commas. Whatever opens OUT uses them where they fit, and starts sooner.",
      valueName: "precisions"))
  var prepack: String?

  @OptionGroup(title: "Where the source does not say it") var model: ModelArguments
  @OptionGroup(title: "Preprocessing") var pixels: PreprocessingArguments

  func validate() throws {
    guard dryRun || output != nil else { throw ValidationError("Give -o OUT, or --dry-run.") }
    guard try prepacked.isEmpty || to == Destination.canonical.rawValue else {
      throw ValidationError("--prepack is of mist's own checkpoints, not of --to \(to).")
    }
  }

  func run() throws {
    var options = ConversionOptions()
    try model.apply(to: &options)
    try pixels.apply(to: &options)
    if let dtype {
      guard let type = DType(rawValue: dtype.uppercased()), [.f32, .f16, .bf16].contains(type) else {
        throw MISTError(.usage, at: "--dtype", "expected f32, f16 or bf16, found '\(dtype)'")
      }
      options.dtype = type
    }
    let precisions = try prepacked
    for precision in precisions { try Prepacking.check(precision) }
    let conversion = try Conversion(ModelSource(path: source), options: options)
    let plan = conversion.plan
    let target = try ConversionTarget(to: to, output: output)
    let foreign = try conversion.plan(for: target.destination)
    for warning in foreign?.warnings ?? [] { Console.note("warning: \(warning)") }
    guard !dryRun, let output else { return try report(plan, foreign) }
    if !json { try report(plan, foreign) }
    let progress = Progress("convert", unit: "tensors", quiet: json || plan.byteCount < 64 << 20)
    let outcome =
      try foreign.map {
        try target.write(conversion, $0, to: output) { progress.update(done: $0, total: $1) }
      } ?? conversion.run(to: output) { progress.update(done: $0, total: $1) }
    let change = DTypeChangeReport(outcome)
    if !json { change?.print() }
    change?.warn()
    let packed = foreign == nil ? try PrepackedModel(output, precisions) : nil
    guard !json else { return try report(plan, foreign, change, packed) }
    Console.line("wrote \(output), \(Format.bytes(foreign?.byteCount ?? plan.byteCount)) of tensors")
    packed?.print()
    if let usage = foreign?.usage, target.isFolder(output) {
      Console.line("open it with \(usage.replacingOccurrences(of: "DIR", with: output))")
    }
  }

  /// Throws for what is no precision.
  private var prepacked: [Precision] {
    get throws {
      try prepack.map { try ListArgument.values($0, "prepack") { Precision(rawValue: $0) } } ?? []
    }
  }

  private func report(
    _ plan: ConversionPlan, _ foreign: ForeignPlan?, _ change: DTypeChangeReport? = nil,
    _ packed: PrepackedModel? = nil
  ) throws {
    switch (json, foreign) {
    case (true, let foreign?): try Console.json(DestinationReport(foreign, to: to, change))
    case (true, nil): try Console.json(PlanReport(plan, change, packed))
    case (false, let foreign):
      PlanReport.print(plan, full: dryRun && foreign == nil)
      if let foreign { DestinationReport.print(foreign, full: dryRun) }
    }
  }
}
