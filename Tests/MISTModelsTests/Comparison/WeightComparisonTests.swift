import MISTFormats
import MISTModels
import TestSupport
import Testing

/// The same weights under other names, layouts and types are the same; anything else is not.
struct WeightComparisonTests {
  private func model(_ path: String) throws -> ComparedModel {
    try ComparedModel(Conversion(ModelSource(path: path)))
  }

  @Test(arguments: [
    "vit/hf-vit", "vit/timm-vit", "vit/timm-swiglu", "vit/hf-dinov2-registers", "segformer/hf-segformer-hub",
  ])
  func aConvertedModelIsTheSame(fixture: String) throws {
    try Fixture.withTemporaryFolder { folder in
      let source = try ModelSource(path: Fixture.path(fixture))
      let (same, half) = (folder + "/same.safetensors", folder + "/half.safetensors")
      try Conversion(source).run(to: same)
      var options = ConversionOptions()
      options.dtype = .f16
      try Conversion(source, options: options).run(to: half)
      let original = try model(Fixture.path(fixture))
      let exact = try WeightComparison(original, model(same))
      #expect(exact.isSame && exact.isCanonical && exact.facts.isEmpty)
      #expect(exact.count(.identical) == exact.tensors.count)
      let rounded = try WeightComparison(original, model(half))
      #expect(rounded.isSame && rounded.count(.rounded) > 10)
    }
  }

  @Test func anExportedGraphHoldsTheSame() throws {
    let folder = Fixture.path("vit/hf-vit")
    let comparison = try WeightComparison(
      ComparedModel(Conversion(ModelSource(path: folder + "/model.onnx"))),
      model(folder + "/model.safetensors"))
    #expect(comparison.isSame && comparison.count(.identical) == comparison.tensors.count)
  }

  @Test func oneChangedValueIsNamedOnBothSides() throws {
    try Fixture.withTemporaryFolder { folder in
      let archive = try ModelSource(path: Fixture.path("vit/hf-vit")).archive
      let path = folder + "/model.safetensors"
      let changed = "encoder.layer.1.attention.attention.key.weight"
      let name = try #require(archive.tensors.map(\.name).first { $0.hasSuffix(changed) })
      var writer = try SafetensorsWriter(path: path, tensors: archive.tensors)
      for tensor in archive.tensors {
        var values = try archive.withBytes(of: tensor.name) { try FloatConversion.floats($0, dtype: .f32) }
        if tensor.name == name { values[25] += 0.5 }
        try writer.append(tensor.name, floats: values)
      }
      try writer.finish()
      var options = ConversionOptions()
      options.heads = [3]
      let other = try ComparedModel(Conversion(ModelSource(path: path), options: options))
      let comparison = try WeightComparison(model(Fixture.path("vit/hf-vit")), other)
      #expect(!comparison.isSame && comparison.count(.different) == 1)
      let first = try #require(comparison.firstDifferent)
      #expect(first.name == "blocks.1.attn.qkv.weight" && first.storedB.contains(name))
      #expect(first.storedA.count == 3 && first.difference?.count == 1)
      // Rows of the queries come first: 24 of them, of 24 columns.
      #expect(first.difference?.first?.index == 24 * 24 + 25)
      #expect(try WeightComparison(model(Fixture.path("vit/hf-vit")), other, tolerance: 0.6).isSame)
    }
  }

  @Test func configurationsAreListed() throws {
    let path = Fixture.path("vit/timm-vit")
    var options = ConversionOptions()
    options.epsilon = 1e-5
    let comparison = try WeightComparison(
      model(path), ComparedModel(Conversion(ModelSource(path: path), options: options)))
    #expect(comparison.isSame)
    let block = try #require(comparison.facts.first { $0.key == "epsilon.block" })
    #expect(block.a == "1e-06" && block.b == "1e-05")
  }

  @Test func whatIsMissingOnOneSideIsNoMatch() throws {
    let encoder = Fixture.path("segformer/hf-segformer-encoder")
    let whole = Fixture.path("segformer/hf-segformer-hub")
    let comparison = try WeightComparison(model(encoder), model(whole))
    #expect(!comparison.isSame && comparison.count(.onlyB) > 0)
    let archive = try openArchive(Fixture.path("safetensors/dtypes.safetensors"))
    let stored = try WeightComparison(ComparedModel(archive), ComparedModel(archive))
    #expect(stored.isSame && !stored.isCanonical && stored.tensors.count == archive.tensors.count)
  }

  @Test func factsAreLeavesOfJSON() throws {
    struct Sample: Encodable {
      let flag = true
      let number = 1
      let list = [1.5, 2]
      let nested = ["x": ["y": "text"]]
      let objects = [["a": 1], ["a": 2]]
    }
    #expect(
      try Facts.of(Sample(), below: "s") == [
        "s.flag": "true", "s.number": "1", "s.list": "[1.5, 2]", "s.nested.x.y": "text",
        "s.objects[0].a": "1",
        "s.objects[1].a": "2",
      ])
  }
}
