import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// Models of `Fixtures/onnx-sources`: exported by dynamo, without names, optimised. Their canonical tensors are those of
/// the same model's safetensors file, byte for byte.
struct DataflowRecoveryTests {
  static let files = [
    "timm-vit/dynamo", "timm-vit/basic", "timm-vit/extended-stripped", "timm-dinov2-reg/extended",
    "timm-prenorm/stripped", "hf-vit/dynamo-batch", "hf-vit/fused", "hf-dinov2/stripped",
    "hf-dinov2-registers/extended", "hf-segformer-hub/stripped", "hf-segformer-hub/extended",
    "hf-segformer-hub/extended-stripped", "hf-segformer-classifier/basic",
  ]

  private static func weights(of file: String) -> String {
    let model = file.split(separator: "/")[0]
    return Fixture.path((model.contains("segformer") ? "segformer/" : "vit/") + model)
  }

  private static func path(_ file: String) -> String { Fixture.path("onnx-sources/\(file).onnx") }

  private func bytes(_ source: ModelSource) throws -> [String: [UInt8]] {
    let plan = try Conversion(source).plan
    let path = NSTemporaryDirectory() + "mist-dataflow-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Conversion(source).run(to: path)
    let written = try SafetensorsArchive(path: path)
    #expect(written.tensors.count == plan.steps.count)
    return try Dictionary(uniqueKeysWithValues: written.tensors.map { ($0.name, try written.bytes($0.name)) })
  }

  @Test(arguments: files)
  func tensorsAreThoseOfTheSafetensorsFile(_ file: String) throws {
    let found = try bytes(ModelSource(path: Self.path(file)))
    var expected = try bytes(ModelSource(path: Self.weights(of: file)))
    // The exporters fold the batch norm into the convolution before it.
    let folded = expected.keys.filter {
      $0.hasPrefix("decode_head.batch_norm") || $0 == "decode_head.fuse.weight"
    }
    for name in folded { expected[name] = nil }
    for (name, values) in expected { #expect(found[name] == values, "\(name)") }
    let more = Set(found.keys).subtracting(expected.keys)
    #expect(more == (folded.isEmpty ? [] : ["decode_head.fuse.weight", "decode_head.fuse.bias"]))
  }

  /// Every stored tensor is part of a parameter or listed as left out, and none is both.
  @Test(arguments: files)
  func nothingIsDropped(_ file: String) throws {
    let onnx = try ONNXArchive(path: Self.path(file))
    let recovered = try RecoveredArchive(onnx)
    let structure = try StructureRecovery(archive: onnx, graph: onnx.graph.unfused())
    let used = Set(structure.tensors.flatMap { $0.pieces.map(\.tensor) })
    #expect(recovered.canonical?.name == "onnx-dataflow")
    #expect(used.isDisjoint(with: recovered.unused))
    #expect(used.union(recovered.unused) == Set(onnx.tensors.map(\.name)))
    #expect(recovered.notes.count >= recovered.tensors.count)
  }

  @Test func epsilonsAndHeadsComeFromTheGraph() throws {
    let hints = try RecoveredArchive(ONNXArchive(path: Self.path("hf-segformer-hub/extended-stripped"))).hints
    #expect(hints.attentions["stages.1.blocks.0.attn.q"]?.heads == 2)
    #expect(hints.attentions.count == 7)
    #expect(hints.epsilons["stages.0.blocks.0.attn.reduction_norm"] == 1e-5)
    #expect(hints.activation == .geluErf)
    let vit = try RecoveredArchive(ONNXArchive(path: Self.path("timm-vit/extended-stripped"))).hints
    #expect(vit.heads == 3 && vit.epsilons["final_norm"] == 1e-6 && vit.positionGrid == [4, 4])
    #expect(try abs(#require(vit.attentionScale) * 8.0.squareRoot().asFloat - 1) < 1e-5)
  }

  /// External data of a dynamo export must stay in the model's folder.
  @Test func dynamoDataElsewhereIsRefused() throws {
    let folder = NSTemporaryDirectory() + "mist-dynamo-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var model = try Data(contentsOf: URL(fileURLWithPath: Self.path("timm-vit/dynamo")))
    for range in ranges(of: "dynamo.onnx.data", in: model) {
      model.replaceSubrange(range, with: Data("../../../../etc/".utf8))
    }
    try model.write(to: URL(fileURLWithPath: folder + "/model.onnx"))
    let error = #expect(throws: MISTError.self) { _ = try ModelSource(path: folder + "/model.onnx") }
    #expect(error?.code == .onnxExternalPath)
  }

  private func ranges(of text: String, in data: Data) -> [Range<Data.Index>] {
    var found: [Range<Data.Index>] = []
    var start = data.startIndex
    while let range = data.range(of: Data(text.utf8), in: start..<data.endIndex) {
      found.append(range)
      start = range.upperBound
    }
    return found
  }

  // MARK: Graphs that compute something else

  private static func stripped(_ file: String) throws -> RewrittenModel {
    let onnx = try ONNXArchive(path: path(file))
    return RewrittenModel(archive: onnx, graph: onnx.graph)
  }

  private func refusal(_ model: RewrittenModel) -> MISTError? {
    #expect(throws: MISTError.self) {
      _ = try Conversion(ModelSource(archive: model.recovered()), options: bareOptions())
    }
  }

  private func firstNode(_ model: RewrittenModel, _ isMeant: (ONNXGraph.Node) -> Bool) throws
    -> ONNXGraph.Node
  {
    let found = model.graph.nodes.first(where: isMeant)
    return try #require(found)
  }

  @Test(arguments: ["Relu", "Sigmoid"])
  func anAttentionWithoutSoftmaxIsRefused(_ other: String) throws {
    let model = try Self.stripped("timm-prenorm/stripped")
    let softmax = try firstNode(model) { $0.opType == "Softmax" }
    let error = refusal(model.replacing(softmax.name, operator: other))
    #expect(error?.code == .onnxUnknownStructure)
    #expect(error?.problem.contains("expected a softmax") == true, "\(String(describing: error))")
  }

  /// Query and key are told by the order of their product: in the other order they are no packed q, k, v.
  @Test func swappedQueryAndKeyAreRefused() throws {
    let model = try Self.stripped("timm-prenorm/stripped")
    let isComputed = { (name: String) in !model.graph.initializers.contains(name) }
    let scores = try firstNode(model) { $0.opType == "MatMul" && $0.inputs.allSatisfy(isComputed) }
    let error = refusal(model.reversingInputs { $0.name == scores.name })
    #expect(error?.code == .onnxUnknownStructure)
  }

  @Test func aScaleFoldedIntoTheWeightsIsRefused() throws {
    let model = try Self.stripped("hf-dinov2/stripped")
    let refused = refusal(model.scalingScores(by: 8.0.squareRoot().asFloat))
    #expect(refused?.code == .convertAttentionScale)
  }

  @Test func otherActivationsAreRefused() throws {
    for (other, code) in [("Tanh", ErrorCode.onnxUnknownStructure), ("Sigmoid", .onnxUnknownStructure)] {
      let error = refusal(try Self.stripped("timm-prenorm/stripped").replacing(operator: "Erf", by: other))
      #expect(
        error?.code == code && error?.problem.contains("activation") == true, "\(String(describing: error))")
    }
  }

  @Test func aNodeBetweenStreamAndNormIsRefused() throws {
    let model = try Self.stripped("hf-dinov2/stripped")
    let norm = try firstNode(model) { $0.opType == "LayerNormalization" }
    let error = refusal(model.replacing(norm.name, operator: "InstanceNormalization"))
    #expect(error?.code == .onnxUnknownStructure, "\(String(describing: error))")
  }
}

extension Double {
  fileprivate var asFloat: Float { Float(self) }
}
