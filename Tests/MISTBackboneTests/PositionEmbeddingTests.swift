import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBackbone

@Suite("Position embedding resize against torch")
struct PositionEmbeddingTests {
  /// torch computes source positions in f32.
  static let tolerance: Float = 1e-5

  @Test(arguments: [ViTConfiguration.PositionResize.bicubic, .bicubicAntialiased])
  func agrees(_ method: ViTConfiguration.PositionResize) throws {
    let archive = try SafetensorsArchive(path: Fixture.path("position/resized.safetensors"))
    func floats(_ name: String) throws -> [Float] {
      try archive.withBytes(of: name) { try FloatConversion.floats($0, dtype: .f32) }
    }
    let source = try floats("source")
    let cases = archive.tensors.filter { $0.name.hasPrefix(method.rawValue + "_") }
    #expect(cases.count == 7)
    for info in cases {
      let found = PositionEmbedding.resize(
        source, width: 3, from: (5, 7), to: (info.shape[0], info.shape[1]), method: method)
      let expected = try floats(info.name)
      let error = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
      #expect(found.count == expected.count && error <= Self.tolerance, "\(info.name): \(error)")
    }
  }

  @Test func methodsDiffer() {
    let source = (0..<25).map { Float($0 * $0 % 7) }
    let results = [ViTConfiguration.PositionResize.bicubic, .bicubicAntialiased].map {
      PositionEmbedding.resize(source, width: 1, from: (5, 5), to: (3, 3), method: $0)
    }
    #expect(zip(results[0], results[1]).contains { abs($0 - $1) > 0.1 })
  }
}
