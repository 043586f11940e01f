import Foundation
import MISTFormats

/// A checkpoint as users have it: the file with the weights, and the JSON files that its project puts beside it.
package struct ModelSource {
  /// The file with the tensors; for ONNX, with its parameters' names recovered.
  package private(set) var archive: any TensorArchive
  /// File or folder name as provenance records it, without its path.
  package let name: String
  /// The graph's facts and how its weights got their names, for ONNX.
  package let recovered: RecoveredArchive?
  let config: ForeignJSON?
  let preprocessor: ForeignJSON?

  /// Opens a model file, or a folder with one (`model.safetensors`, the index of several, `model.onnx`,
  /// `pytorch_model.bin`, or the only file of those kinds).
  /// Throws `convert.no-model`, and what opening the files throws.
  package init(path: String) throws {
    let file = try Self.modelFile(path)
    let opened = try openArchive(file)
    if let onnx = opened as? ONNXArchive {
      let recovered = try RecoveredArchive(onnx)
      self.recovered = recovered
      archive = recovered
    } else {
      recovered = nil
      archive = opened
    }
    name = URL(fileURLWithPath: path).lastPathComponent
    let folder = file.contains("/") ? String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]) : "."
    func beside(_ name: String) throws -> ForeignJSON? {
      let path = folder + "/" + name
      return FileStatus.exists(path) ? try ForeignJSON(path: path) : nil
    }
    config = try beside("config.json").map(Self.backbone) ?? Self.embeddedConfig(archive)
    preprocessor = try beside("preprocessor_config.json")
  }

  /// An archive that is already open, without files beside it.
  package init(archive: any TensorArchive) {
    self.archive = archive
    name = URL(fileURLWithPath: archive.path).lastPathComponent
    recovered = archive as? RecoveredArchive
    config = nil
    preprocessor = nil
  }

  /// An archive that is already open, with the content of the JSON files beside it.
  /// Throws `convert.bad-configuration-file`.
  package init(archive: any TensorArchive, config: [UInt8], preprocessor: [UInt8]) throws {
    self.archive = archive
    name = URL(fileURLWithPath: archive.path).lastPathComponent
    recovered = archive as? RecoveredArchive
    self.config = try ForeignJSON(Data(config), file: "config.json")
    self.preprocessor = try ForeignJSON(Data(preprocessor), file: "preprocessor_config.json")
  }

  /// The same with its tensors renamed by `rules`, and what each did.
  /// Throws `usage` for files whose names are not their project's, and what renaming throws.
  func renamed(_ rules: [RenameRule]) throws -> (ModelSource, [ConversionPlan.Renaming]) {
    guard let rule = rules.first else { return (self, []) }
    func refusal(_ problem: String) -> MISTError {
      MISTError(.usage, file: archive.path, at: "--rename \(quoted(rule.text))", problem)
    }
    if CanonicalMetadata.claims(archive.metadata) {
      throw refusal("it is a converted model, and the names of those are mist's own")
    }
    if recovered != nil {
      throw refusal("the weights of an ONNX graph are found by their place, whatever they are called")
    }
    var copy = self
    let renamed = try RenamedArchive(archive, rules)
    copy.archive = renamed
    return (copy, renamed.renames)
  }

  /// The model file that `path` is, or that the folder `path` holds.
  package static func modelFile(_ path: String) throws -> String {
    guard let status = try FileStatus(path) else {
      throw MISTError(.fileNotFound, file: path, "there is no such file or folder")
    }
    guard status.kind == .folder else { return path }
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let names = try FolderEntries(path).names
    for usual in usualNames where names.contains(usual) { return path + "/" + usual }
    for ending in [ShardedArchive.ending, ".safetensors", ".onnx", ".npz", ".pth", ".pt", ".bin"] {
      let found = names.filter { $0.hasSuffix(ending) && !$0.hasPrefix(".") && !isTrainingState($0) }
      if found.count == 1 { return path + "/" + found[0] }
      if found.count > 1 {
        throw MISTError(
          .convertNoModel, file: path,
          "the folder holds several model files: \(found.prefix(4).joined(separator: ", "))",
          advice: "name the file instead of the folder")
      }
    }
    throw MISTError(
      .convertNoModel, file: path, "the folder holds no .safetensors, .onnx, .npz, .pth, .pt or .bin file")
  }

  /// What libraries call the file with the weights, in order of preference.
  private static let usualNames = [
    "model.safetensors", "model.safetensors.index.json", "model.onnx", "pytorch_model.bin",
    "pytorch_model.bin.index.json", "model.pth", "model.pt", "model.bin",
  ]

  /// Files of PyTorch's format that trainers put beside the weights.
  private static func isTrainingState(_ name: String) -> Bool {
    ["optimizer.", "scheduler.", "scaler.", "rng_state", "training_args."].contains { name.hasPrefix($0) }
  }

  /// The backbone's own part of a configuration of transformers' whose model is built around one of this suite's.
  private static func backbone(_ config: ForeignJSON) -> ForeignJSON {
    guard let type = config.string("model_type"), !Architecture.modelTypes.contains(type),
      let part = config.object("backbone_config"), let own = part.string("model_type"),
      Architecture.modelTypes.contains(own)
    else { return config }
    return part
  }

  /// timm's configuration, where a file carries it in its own metadata.
  private static func embeddedConfig(_ archive: any TensorArchive) -> ForeignJSON? {
    for key in ["config", "timm_config"] {
      if let text = archive.metadata[key],
        let json = try? ForeignJSON(Data(text.utf8), file: "\(archive.path) metadata")
      {
        return json
      }
    }
    guard let text = archive.metadata["pretrained_cfg"] else { return nil }
    return try? ForeignJSON(Data("{\"pretrained_cfg\":\(text)}".utf8), file: "\(archive.path) metadata")
  }
}
