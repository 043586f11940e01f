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

  static let all = vit + segformer

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
}

@Suite struct DestinationTests {
  @Test("There and back gives the same bytes, for every pair", arguments: TravelCase.all + TravelCase.halves)
  func thereAndBack(_ travel: TravelCase) throws {
    try Fixture.withTemporaryFolder { folder in
      for first in travel.destinations {
        let start = try write(travel.path, travel.options, to: first, folder + "/\(first)")
        let files = try bytes(start)
        #expect(files.count == (first == .hf ? 3 : first == .timm ? 2 : 1), "\(first)")
        for second in travel.destinations where second != first {
          let there = try write(start, .init(), to: second, folder + "/\(first)-\(second)")
          let back = try write(there, .init(), to: first, folder + "/\(first)-\(second)-\(first)")
          #expect(try bytes(back) == files, "\(first) → \(second) → \(first)")
        }
      }
    }
  }

  @Test("Every way through other conventions ends in the same canonical file", arguments: TravelCase.all)
  func oneModel(_ travel: TravelCase) throws {
    try Fixture.withTemporaryFolder { folder in
      let direct = try bytes(write(travel.path, travel.options, to: .canonical, folder + "/direct"))
      for destination in travel.destinations {
        let foreign = try write(travel.path, travel.options, to: destination, folder + "/\(destination)")
        #expect(try bytes(write(foreign, .init(), to: .canonical, folder + "/by-\(destination)")) == direct)
      }
    }
  }

  @Test(
    "What a destination cannot express is refused before anything is written",
    arguments: [
      ("vit/timm-dinov2-reg", Destination.hf, "no position"), ("vit/timm-swiglu", .hf, "gated"),
      ("vit/timm-prenorm", .hf, "before the first block"), ("segformer/hf-segformer-hub", .timm, "SegFormer"),
      ("segformer/hf-segformer-hub/model.onnx", .hf, "folded"),
      ("segformer/hf-segformer-hub/model.onnx", .nvlabs, "folded"),
      ("segformer/hf-segformer-hub", .mmseg, "another function"), ("vit/timm-vit", .nvlabs, "ViT"),
      ("vit/timm-vit", .mmseg, "ViT"),
      ("segformer/hf-segformer-hub", .jax, "SegFormer"), ("vit/hf-dinov2", .jax, "layer scales"),
      ("vit/timm-dinov2-reg", .jax, "register"), ("vit/timm-prenorm", .jax, "before the first block"),
      ("vit/timm-swiglu", .jax, "gated"),
      ("vit/hf-dinov2-classifier", .timm, "the class token and the patches' mean"),
      ("segformer/hf-segformer-classifier", .mmseg, "classifier of images"),
    ])
  func refusals(_ fixture: String, _ destination: Destination, _ word: String) throws {
    let conversion = try Conversion(ModelSource(path: Fixture.path(fixture)))
    let error = #expect(throws: MISTError.self) { _ = try conversion.plan(for: destination) }
    #expect(error?.code == .convertUnsupportedModel)
    #expect(error?.problem.contains(word) == true, "\(error?.problem ?? "")")
  }

  @Test func numPyHasNoBFloat16() throws {
    var options = ConversionOptions()
    options.dtype = .bf16
    let conversion = try Conversion(ModelSource(path: Fixture.path("vit/timm-vit")), options: options)
    let error = #expect(throws: MISTError.self) { _ = try conversion.plan(for: .jax) }
    #expect(error?.advice?.contains("--dtype f32") == true)
  }

  /// transformers and timm read these files; here it is only that they say what the model is.
  @Test(
    "The files beside the weights say what the model is", arguments: TravelCase.vit + TravelCase.segformer)
  func configurationFiles(_ travel: TravelCase) throws {
    try Fixture.withTemporaryFolder { folder in
      for destination in travel.destinations where destination.isFolder {
        let path = try write(travel.path, travel.options, to: destination, folder + "/\(destination)")
        let known = try Conversion(ModelSource(path: path)).plan
        // Without the metadata everything must come from the files beside.
        try strip(path + "/model.safetensors")
        var options = ConversionOptions()
        if destination == .timm { options.heads = travel.heads }
        let read = try Conversion(ModelSource(path: path), options: options).plan
        #expect(read.preprocessing.mean == known.preprocessing.mean)
        #expect(read.preprocessing.resize == known.preprocessing.resize)
        #expect(read.preprocessing.interpolation == known.preprocessing.interpolation)
        #expect(read.classNames == known.classNames)
        switch (known.configuration, read.configuration) {
        case (.vit(var a), .vit(let b)):
          // What these files have no word for.
          a.positionResize = b.positionResize
          if destination == .timm { a.epsilon = b.epsilon }
          if travel.name == "timm-dinov2-reg" { #expect(b.heads == a.heads) }
          #expect(a == b)
        case (.segformer(var a), .segformer(let b)):
          // transformers has one of its own.
          a.epsilon = b.epsilon
          #expect(a == b)
        case (let a, let b): #expect(a == b)
        }
      }
    }
  }

  @Test func fixedEpsilonsAreReported() throws {
    var options = ConversionOptions()
    options.epsilon = 1e-6
    let segformer = try Conversion(
      ModelSource(path: Fixture.path("segformer/hf-segformer-encoder")), options: options)
    #expect(try segformer.plan(for: .hf)?.warnings.contains { $0.contains("6.5e-3") } == true)
    #expect(try segformer.plan(for: .nvlabs)?.warnings.contains { $0.contains("6.5e-3") } == true)
    #expect(try segformer.plan(for: .mmseg)?.warnings.isEmpty == true)
    let vit = try Conversion(ModelSource(path: Fixture.path("vit/hf-vit")))
    #expect(try vit.plan(for: .timm)?.warnings.count == 1)
    #expect(try vit.plan(for: .hf)?.warnings.isEmpty == true)
  }

  /// Facebook's names end in no head count, and their file is as timm converts it.
  @Test func registersWithAPositionBecomeFacebooksNames() throws {
    let conversion = try Conversion(ModelSource(path: Fixture.path("vit/hf-dinov2-registers")))
    let plan = try #require(try conversion.plan(for: .timm))
    #expect(plan.convention == "dinov2")
    #expect(plan.zeros.map(\.name) == ["mask_token"])
    #expect(plan.tensors.contains { $0.info.name == "blocks.0.mlp.w12.weight" })
  }

  @Test func aFolderThatIsAFileIsRefused() throws {
    try Fixture.withTemporaryFolder { folder in
      let conversion = try Conversion(ModelSource(path: Fixture.path("vit/timm-vit")))
      let plan = try #require(try conversion.plan(for: .hf))
      try Data().write(to: URL(fileURLWithPath: folder + "/taken"))
      let error = #expect(throws: MISTError.self) { try conversion.write(plan, toFolder: folder + "/taken") }
      #expect(error?.code == .fileWriteFailed)
    }
  }

  @Test func anOverlongDescriptionIsRefused() {
    let text = String(repeating: " ", count: CarriedModel.limit + 1)
    let error = #expect(throws: MISTError.self) {
      _ = try CarriedModel.read([CarriedModel.key: text], file: "x")
    }
    #expect(error?.code == .convertBadModelMetadata)
  }

  /// Options are above what the file carries.
  @Test func optionsWin() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = try write(Fixture.path("vit/timm-vit"), .init(), to: .timm, folder + "/timm")
      var options = ConversionOptions()
      (options.heads, options.epsilon, options.mean) = ([4], 1e-3, [0, 0, 0])
      let plan = try Conversion(ModelSource(path: path), options: options).plan
      #expect(plan.configuration.vit?.heads == 4)
      #expect(plan.configuration.vit?.epsilon == .init(all: 1e-3))
      #expect(plan.preprocessing.mean == [0, 0, 0])
    }
  }

  /// Converts `source` and returns the path of what was written.
  private func write(
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
  private func bytes(_ path: String) throws -> [String: Data] {
    var isFolder: ObjCBool = false
    #expect(FileManager.default.fileExists(atPath: path, isDirectory: &isFolder))
    guard isFolder.boolValue else { return ["": try Data(contentsOf: URL(fileURLWithPath: path))] }
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    return try Dictionary(
      uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: URL(fileURLWithPath: path + "/" + $0))) })
  }

  /// Removes the metadata of a safetensors file.
  private func strip(_ path: String) throws {
    let archive = try SafetensorsArchive(path: path)
    var writer = try SafetensorsWriter(path: path, tensors: archive.tensors)
    for tensor in archive.tensors {
      try archive.withBytes(of: tensor.name) { try writer.append(tensor.name, $0) }
    }
    try writer.finish()
  }
}
