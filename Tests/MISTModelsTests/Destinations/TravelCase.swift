import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// A small model of a real library, and where it can go.
struct TravelCase: Sendable, CustomTestStringConvertible {
  let name: String
  let path: String
  var dtype: DType?
  var heads: [Int]?
  var destinations: [Destination]
  var testDescription: String { name + (dtype.map { " as \($0.rawValue)" } ?? "") }

  var options: ConversionOptions {
    var options = ConversionOptions()
    options.dtype = dtype
    options.heads = heads
    return options
  }

  static let vit: [TravelCase] = [
    ("timm-vit", [.timm, .hf, .jax]), ("timm-dinov2-reg", [.timm]), ("timm-swiglu", [.timm]),
    ("timm-prenorm", [.timm]),
    ("hf-vit", [.timm, .hf, .jax]), ("hf-vit-classifier", [.timm, .hf, .jax]), ("hf-dinov2", [.timm, .hf]),
    ("hf-dinov2-classifier", [.hf]),
    ("hf-dinov2-registers", [.timm, .hf]), ("hub-dinov2-registers", [.timm, .hf]),
  ].map { (name: String, destinations: [Destination]) in
    TravelCase(
      name: name, path: Fixture.path("vit/\(name)"), heads: name.hasPrefix("hub") ? [3] : nil,
      destinations: destinations + [.canonical])
  }

  static let segformer: [TravelCase] = [
    ("segformer/hf-segformer-hub", nil, [.hf, .nvlabs]), ("segformer/hf-segformer-v5", nil, [.hf, .nvlabs]),
    ("segformer/hf-segformer-encoder", nil, [.hf, .nvlabs, .mmseg]),
    ("segformer/hf-segformer-classifier", nil, [.hf, .nvlabs]),
    ("segformer-mmseg/nvlabs", [1, 2, 4, 3], [.hf, .nvlabs]),
    ("segformer-mmseg/mmseg", [1, 2, 4, 3], [.mmseg]),
    ("segformer-mmseg/nvlabs-imagenet", [1, 2, 5, 4], [.hf, .nvlabs]),
    ("segformer-mmseg/mmseg-imagenet", [1, 2, 5, 4], [.hf, .nvlabs, .mmseg]),
  ].map { (name: String, heads: [Int]?, destinations: [Destination]) in
    TravelCase(
      name: name, path: Fixture.path(name) + "/model.safetensors", heads: heads,
      destinations: destinations + [.canonical])
  }

  static let dinov3: [TravelCase] = [
    "timm", "timm-plus", "timm-qkvb", "hf", "hf-plus", "hub", "hub-plus",
  ].map { (name: String) in
    TravelCase(
      name: name, path: Fixture.path("dinov3/\(name)/model.safetensors"),
      destinations: [.timm, .hf, .canonical])
  }

  static let all = vit + segformer + dinov3

  /// Some of them in the other element types.
  static let halves = all.filter {
    ["timm-vit", "timm-prenorm", "segformer/hf-segformer-encoder"].contains($0.name)
  }.flatMap { original in
    [DType.f16, .bf16].map { type in
      var copy = original
      copy.dtype = type
      // NumPy has no such type.
      if type == .bf16 { copy.destinations.removeAll { $0 == .jax } }
      return copy
    }
  }

  /// Converts `source` and returns the path of what was written.
  static func write(
    _ source: String, _ options: ConversionOptions, to destination: Destination, _ name: String
  ) throws -> String {
    let conversion = try Conversion(ModelSource(path: source), options: options)
    guard let plan = try conversion.plan(for: destination) else {
      try conversion.run(to: name + ".safetensors")
      return name + ".safetensors"
    }
    guard destination.isFolder else {
      let path = name + (plan.isNPZ ? ".npz" : ".safetensors")
      try conversion.write(plan, to: path)
      return path
    }
    try conversion.write(plan, toFolder: name)
    return name
  }

  /// A file's bytes, or those of each file of a folder by name.
  static func bytes(_ path: String) throws -> [String: Data] {
    var isFolder: ObjCBool = false
    #expect(FileManager.default.fileExists(atPath: path, isDirectory: &isFolder))
    guard isFolder.boolValue else { return ["": try Data(contentsOf: URL(fileURLWithPath: path))] }
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: URL(fileURLWithPath: path + "/" + $0))) })
  }
}
