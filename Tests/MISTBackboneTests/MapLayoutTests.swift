import MISTEdge
import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBackbone

/// Goldens whose maps lie as PyTorch has them, `[B, C, H, W]`.
@Suite struct MapLayoutTests {
  /// The fixture's golden with the maps that `isFirst` names stored channels first.
  private func golden(
    in folder: String, _ isFirst: (String) -> Bool, scale: Float = 1
  ) throws -> GoldenFile {
    let original = try SegFormerFixture.golden("golden")
    let path = folder + "/golden.safetensors"
    let infos = original.archive.tensors.map { info -> TensorInfo in
      guard info.name != "input", info.shape.count == 4, isFirst(info.name) else { return info }
      let s = info.shape
      return TensorInfo(name: info.name, dtype: .f32, shape: [s[0], s[3], s[1], s[2]])
    }
    var writer = try SafetensorsWriter(path: path, tensors: infos)
    for (info, from) in zip(infos, original.archive.tensors) {
      var values = try original.floats(from.name)
      if info.name != "input", from.shape.count == 4, isFirst(info.name) {
        let (c, positions) = (from.shape[3], from.shape[1] * from.shape[2])
        let source = values
        for b in 0..<from.shape[0] {
          for p in 0..<positions {
            for k in 0..<c {
              values[(b * c + k) * positions + p] = source[(b * positions + p) * c + k] * scale
            }
          }
        }
      }
      try writer.append(info.name, floats: values)
    }
    try writer.finish()
    return try GoldenFile(path: path)
  }

  private func verify(_ golden: GoldenFile) throws -> Verification {
    let model = try SegFormerFixture()
    let backbone = try model.backbone((golden.height, golden.width), backend: .automatic)
    return try Verification(
      backbone, SegFormerCatalog(configuration: model.configuration), golden, model.tensors(golden),
      tolerance: 1e-4)
  }

  @Test func channelsFirstIsTheSameGolden() throws {
    let plain = try verify(SegFormerFixture.golden("golden"))
    try Fixture.withTemporaryFolder { folder in
      // The second level is 8 × 8 × 8: the others say how it lies.
      let result = try verify(golden(in: folder, { _ in true }))
      let errors = result.comparisons.map(\.maxAbsoluteError)
      #expect(result.passed && errors == plain.comparisons.map(\.maxAbsoluteError))
      let error = #expect(throws: MISTError.self) {
        try verify(golden(in: folder, { $0.hasPrefix("A") }))
      }
      #expect(error?.code == .goldenAmbiguousLayout && error?.place == "tensor 'A2_k3'")
      #expect(try !verify(golden(in: folder, { _ in true }, scale: 1.01)).passed)
    }
  }

  /// A catalog of maps whose sides are their channels.
  private struct Cubes: OutputCatalog {
    let shapes: [BackboneOutput: [Int]]
    let contents = "maps"
    let goldenExamples = "maps"
    func shape(of output: BackboneOutput, image: MapSize) -> [Int]? { shapes[output] }
    func lastBlock(of output: BackboneOutput) -> Int { 0 }
    func check(_ output: BackboneOutput) throws {}
    func order(of output: BackboneOutput) -> [Int] { [] }
    func place(of output: BackboneOutput) -> String { "" }
  }

  /// Of a shape that may be either, the file's other maps say which it is; nothing else does.
  @Test func shapesThatMayBeEitherFollowTheOthers() throws {
    let names = ["F0", "F1", "F2"]
    let outputs = try names.map { try #require(BackboneOutput(golden: $0)) }
    let catalog = Cubes(
      shapes: [outputs[0]: [4, 4, 4], outputs[1]: [4, 4, 3], outputs[2]: [2, 2, 5]])
    func check(_ shapes: [String: [Int]]) throws -> Set<String> {
      try Fixture.withTemporaryFolder { folder in
        let path = folder + "/golden.safetensors"
        let infos = ([("input", [1, 3, 8, 8])] + shapes.sorted { $0.key < $1.key }).map {
          TensorInfo(name: $0.0, dtype: .f32, shape: $0.1)
        }
        var writer = try SafetensorsWriter(path: path, tensors: infos)
        for info in infos {
          try writer.append(info.name, floats: [Float](repeating: 0, count: info.shape.reduce(1, *)))
        }
        try writer.finish()
        let file = try GoldenFile(path: path)
        return try GoldenTensors(file, catalog).check(file, catalog)
      }
    }
    #expect(try check(["F0": [1, 4, 4, 4], "F1": [1, 3, 4, 4]]) == ["F0", "F1"])
    #expect(try check(["F0": [1, 4, 4, 4], "F1": [1, 4, 4, 3]]) == [])
    for shapes in [
      ["F0": [1, 4, 4, 4]], ["F0": [1, 4, 4, 4], "F1": [1, 4, 4, 3], "F2": [1, 5, 2, 2]],
    ] {
      let error = #expect(throws: MISTError.self) { try check(shapes) }
      #expect(error?.code == .goldenAmbiguousLayout && error?.place == "tensor 'F0'")
    }
    let error = #expect(throws: MISTError.self) { try check(["F1": [1, 4, 3, 4]]) }
    #expect(error?.code == .goldenShapeMismatch)
    #expect(error?.problem == "expected shape [1, 4, 4, 3] or [1, 3, 4, 4], found [1, 4, 3, 4]")
  }
}
