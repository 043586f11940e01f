import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

@Suite struct JAXTests {
  @Test(
    "Canonical to JAX to canonical gives the same tensors", arguments: ["jax", "big_vision"], ["", "params"])
  func bothDirections(_ name: String, _ prefix: String) throws {
    try exported(name, prefix: prefix) { canonical, foreign in
      let found = try Recognition(foreign)
      #expect(found.convention.name == name)
      #expect(found.prefix.text == (prefix.isEmpty ? "" : "params/"))
      try convert(ModelSource(archive: foreign)) { again in
        #expect(again.configuration == canonical.configuration)
        let hashes = try (again.modelHash(), canonical.modelHash())
        #expect(hashes.0 == hashes.1)
      }
    }
  }

  /// The layout of Flax's `DenseGeneral` and `Conv`, element by element.
  @Test func kernelsHaveAnAxisOfHeads() throws {
    try exported("jax") { canonical, foreign in
      let block = "Transformer/encoderblock_1/"
      let attention = block + "MultiHeadDotProductAttention_1/"
      func values(_ name: String, _ shape: [Int]) throws -> [Float] {
        #expect(foreign.info(name)?.shape == shape)
        return try foreign.withBytes(of: name) { try FloatConversion.floats($0, dtype: .f32) }
      }
      let qkv = try canonical.floats("blocks.1.attn.qkv.weight", shape: [72, 24])
      let qkvBias = try canonical.floats("blocks.1.attn.qkv.bias", shape: [72])
      for (number, part) in ["query", "key", "value"].enumerated() {
        let kernel = try values(attention + part + "/kernel", [24, 3, 8])
        let bias = try values(attention + part + "/bias", [3, 8])
        for row in 0..<24 {
          #expect(bias[row] == qkvBias[number * 24 + row])
          for input in 0..<24 { #expect(kernel[input * 24 + row] == qkv[(number * 24 + row) * 24 + input]) }
        }
      }
      let out = try values(attention + "out/kernel", [3, 8, 24])
      let proj = try canonical.floats("blocks.1.attn.proj.weight", shape: [24, 24])
      for row in 0..<24 {
        for input in 0..<24 { #expect(out[input * 24 + row] == proj[row * 24 + input]) }
      }
      let conv = try values("embedding/kernel", [8, 8, 3, 24])
      let patch = try canonical.floats("patch_embed.weight", shape: [24, 3, 8, 8])
      for pixel in 0..<64 {
        for colour in 0..<3 {
          for row in 0..<24 {
            #expect(conv[(pixel * 3 + colour) * 24 + row] == patch[(row * 3 + colour) * 64 + pixel])
          }
        }
      }
      #expect(foreign.info(block + "MlpBlock_3/Dense_0/kernel")?.shape == [24, 96])
      #expect(foreign.info("cls")?.shape == [1, 1, 24])
    }
  }

  @Test func theKernelsShowTheHeads() throws {
    try exported("jax") { _, foreign in
      let plan = try Conversion(ModelSource(archive: foreign)).plan
      #expect(try plan.vit.heads == 3)
      var options = ConversionOptions()
      options.heads = [6]
      #expect(planError(foreign, options)?.code == .convertConfigurationMismatch)
    }
  }

  @Test func whatIsWrongIsNamed() throws {
    try exported("jax") { _, foreign in
      let archive = EditedArchive(foreign)
      let query = "Transformer/encoderblock_2/MultiHeadDotProductAttention_1/query/kernel"
      let renamed = planError(archive.renaming(query, to: query + "s"))
      #expect(renamed?.code == .convertUnmappedTensor)
      #expect(renamed?.description.contains("nearest is '\(query)'") == true)
      #expect(planError(archive.dropping("embedding/bias"))?.code == .convertMissingTensor)
      // The number of a block with zeros in front is no number.
      let name = "Transformer/encoderblock_1/LayerNorm_0/scale"
      let padded = archive.renaming(name, to: "Transformer/encoderblock_01/LayerNorm_0/scale")
      #expect(planError(padded)?.code == .convertUnmappedTensor)
    }
  }

  /// Behind Google's representation layer the classifier is no linear layer on the class token.
  @Test func headsBehindARepresentationAreLeftOut() throws {
    let archive = EditedArchive(try NPZArchive(path: ViTFixture.named("timm-vit").path + "/jax/target.npz"))
      .adding("opt/target/pre_logits/bias", as: "opt/target/cls", shape: [24])
    let plan = try Conversion(ModelSource(archive: archive)).plan
    let behind = "a classifier behind pre_logits/*"
    #expect(plan.ignored.map(\.pattern) == ["pre_logits/bias", behind, behind])
    #expect(plan.configuration.classifier == nil)
  }

  @Test func namesInSlashes() {
    let pattern = "Transformer/encoderblock_{i}/LayerNorm_0/scale"
    #expect(
      NamePattern.bind(pattern, to: "Transformer/encoderblock_11/LayerNorm_0/scale") == NameIndex(block: 11))
    for other in [
      "Transformer/encoderblock_1/LayerNorm_2/scale", "Transformer.encoderblock_1.LayerNorm_0.scale",
    ] {
      #expect(NamePattern.bind(pattern, to: other) == nil, "\(other)")
    }
    #expect(PrefixStack("opt/target", separator: "/").text == "opt/target/")
    #expect(
      PrefixStack("opt/target/").readings(of: "opt/target/cls") == ["opt/target/cls", "target/cls", "cls"])
  }

  /// Bands that do not divide the tensor, and every axis longer than one.
  @Test func reversalInBands() throws {
    let axes = AxisReversal(first: 700, middle: 3, last: 601)
    let values = (0..<UInt32(700 * 3 * 601)).map { $0 }
    var turned: [UInt32] = []
    var bands = 0
    try values.withUnsafeBytes { bytes in
      try axes.forEachBand(of: bytes, size: 4) {
        turned += Array($0.bindMemory(to: UInt32.self))
        bands += 1
      }
    }
    #expect(bands > 1)
    var isRight = turned.count == values.count
    for a in 0..<700 where isRight {
      for b in 0..<3 {
        for c in 0..<601 where turned[(c * 3 + b) * 700 + a] != values[(a * 3 + b) * 601 + c] {
          isRight = false
        }
      }
    }
    #expect(isRight)
    var back: [UInt32] = []
    try turned.withUnsafeBytes { bytes in
      try axes.inverse.forEachBand(of: bytes, size: 4) { back += Array($0.bindMemory(to: UInt32.self)) }
    }
    #expect(back == values)
  }

  /// A small timm model as canonical checkpoint, and under the names of a JAX convention.
  private func exported(
    _ name: String, prefix: String = "", _ body: (CanonicalCheckpoint, NPZArchive) throws -> Void
  ) throws {
    let fixture = try ViTFixture.named("timm-vit")
    try convert(ModelSource(path: fixture.path), fixture.options) { canonical in
      try Fixture.withTemporaryFolder { folder in
        let path = folder + "/jax.npz"
        try Conversion.export(
          canonical, to: #require(Convention.named(name)), prefix: prefix, path: path)
        try body(canonical, try NPZArchive(path: path))
      }
    }
  }
}
