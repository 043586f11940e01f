import MISTFormats
import Testing

@testable import MISTModels

/// Tokens and position embeddings in the forms that constant folding leaves them in. Four channels, 2×3 patches of
/// 2 pixels; every element counts up, so that a wrong order shows.
struct FoldedEmbeddingTests {
  typealias Part = (tensors: @Sendable (inout MemoryArchive) -> Void, nodes: [ONNXGraph.Node])

  static func node(
    _ opType: String, _ inputs: [String], _ output: String, _ attributes: [String: ONNXGraph.Attribute] = [:]
  ) -> ONNXGraph.Node {
    ONNXGraph.Node(
      name: "/" + output + "/" + opType, opType: opType, domain: "", inputs: inputs, outputs: [output],
      attributes: attributes)
  }

  /// Names kept: `cls_token` [1, 1, 4] before the patches, `pos_embed` [1, 7, 4] added to all.
  static let named: Part = (
    {
      $0.addCounting("cls_token", [1, 1, 4])
      $0.addCounting("pos_embed", [1, 7, 4])
    },
    [
      node("Concat", ["cls_token", "tokens"], "joined", ["axis": .int(1)]),
      node("Add", ["joined", "pos_embed"], "placed"),
    ]
  )

  /// Patch embedding, then `part` from value `tokens` to `placed`, then a norm.
  static func model(_ part: Part, stem: String = "patch_embed.proj") throws -> RewrittenModel {
    var archive = MemoryArchive()
    archive.addCounting(stem + ".weight", [4, 3, 2, 2])
    archive.addCounting(stem + ".bias", [4])
    archive.addCounting("norm.weight", [4])
    archive.addCounting("norm.bias", [4])
    part.tensors(&archive)
    let strides: [String: ONNXGraph.Attribute] = ["strides": .ints([2, 2]), "kernel_shape": .ints([2, 2])]
    let nodes =
      [
        node("Conv", ["image", stem + ".weight", stem + ".bias"], "patches", strides),
        node("Flatten", ["patches"], "rows"),
        node("Transpose", ["rows"], "tokens", ["perm": .ints([0, 2, 1])]),
      ] + part.nodes + [node("LayerNormalization", ["placed", "norm.weight", "norm.bias"], "output")]
    let graph = ONNXGraph(
      producer: "test", opset: 17, nodes: nodes, inputs: [.init(name: "image", shape: [1, 3, 4, 6])],
      outputs: [.init(name: "output", shape: [1, 7, 4])], initializers: archive.tensors.map(\.name))
    return RewrittenModel(archive: archive, graph: graph)
  }

  private func counting(_ range: Range<Int>) -> [Float] { range.map(Float.init) }

  @Test func namedOnesPassThrough() throws {
    let recovered = try Self.model(Self.named).recovered()
    #expect(recovered.notes.isEmpty)
    #expect(recovered.hints.positionGrid == nil)
    #expect(try recovered.floats("pos_embed") == counting(0..<28))
  }

  @Test func anonymousTokensAndPositions() throws {
    let model = try Self.model(
      (
        {
          $0.addCounting("onnx::Concat_1", [2, 1, 4])  // repeated over a batch of two
          $0.addCounting("onnx::Concat_2", [1, 3, 4])
          $0.addCounting("onnx::Add_3", [1, 10, 4])
        },
        [
          Self.node("Concat", ["onnx::Concat_1", "onnx::Concat_2", "tokens"], "joined", ["axis": .int(1)]),
          Self.node("Add", ["joined", "onnx::Add_3"], "placed"),
        ]
      ))
    let recovered = try model.recovered()
    #expect(recovered.info("cls_token")?.shape == [1, 1, 4])
    #expect(try recovered.floats("cls_token") == counting(0..<4))
    #expect(try recovered.floats("reg_token") == counting(0..<12))
    #expect(recovered.info("pos_embed")?.shape == [1, 10, 4])
    #expect(recovered.unused.isEmpty)
  }

  /// Only the class position and the patch grid, channels first, are left: `[1, C, rows, columns]` before a Resize.
  @Test func channelsFirstGridBeforeResize() throws {
    let model = try Self.model(
      (
        {
          $0.addCounting("embeddings.cls_token", [1, 1, 4])
          $0.addCounting("onnx::Concat_1", [1, 1, 4], from: 100)
          $0.addCounting("onnx::Resize_2", [1, 4, 3, 3])
        },
        [
          Self.node("Resize", ["onnx::Resize_2"], "resized"),
          Self.node("Transpose", ["resized"], "last", ["perm": .ints([0, 2, 3, 1])]),
          Self.node("Reshape", ["last", "shape"], "grid"),
          Self.node("Concat", ["onnx::Concat_1", "grid"], "positions", ["axis": .int(1)]),
          Self.node("Concat", ["embeddings.cls_token", "tokens"], "joined", ["axis": .int(1)]),
          Self.node("Add", ["joined", "positions"], "placed"),
        ]
      ), stem: "embeddings.patch_embeddings.projection")
    let recovered = try model.recovered()
    let name = "embeddings.position_embeddings"
    #expect(recovered.info(name)?.shape == [1, 10, 4])
    let grid = (0..<9).flatMap { position in (0..<4).map { Float($0 * 9 + position) } }
    #expect(try recovered.floats(name) == [100, 101, 102, 103] + grid)
    #expect(recovered.hints.positionGrid == [3, 3])
    #expect(recovered.notes.contains { $0.contains("stored as trained") })
  }

  /// Positions for patches alone, added before the class token joins; the grid is the exported one, not a square.
  @Test func positionsWithoutClass() throws {
    let model = try Self.model(
      (
        {
          $0.addCounting("cls_token", [1, 1, 4])
          $0.addCounting("onnx::Add_1", [6, 4])
        },
        [
          Self.node("Add", ["onnx::Add_1", "tokens"], "located"),
          Self.node("Concat", ["cls_token", "located"], "placed", ["axis": .int(1)]),
        ]
      ))
    let recovered = try model.recovered()
    #expect(recovered.info("pos_embed")?.shape == [1, 6, 4])
    #expect(recovered.hints.positionGrid == [2, 3])
    #expect(recovered.notes.contains { $0.contains("may be a resized one") })
  }
}
