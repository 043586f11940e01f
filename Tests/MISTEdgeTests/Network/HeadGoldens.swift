import Foundation
import TestSupport
import Testing

@testable import MISTEdge

/// The cases of `Fixtures/lae`, with the inputs that `make.py` draws.
struct HeadGolden: Sendable, CustomTestStringConvertible {
  let name: String
  let shape: NetworkShape
  let samples: Int
  let stride: Int
  /// Logits `[samples, classes]`, mean loss, and every `stride`-th parameter's gradient.
  let logits: [Double]
  let loss: Double
  let gradient: [Double]

  var testDescription: String { name }

  static let all: [HeadGolden] = {
    struct Case: Decodable {
      let name: String, tokens: Int, channels: Int, classes: Int, rank: Int, samples: Int, stride: Int,
        depth: Int
      let pooling: String, inputNorm: Bool
      let block: String?, grid: [Int]?
    }
    return cases("lae") { (c: Case) in
      HeadGolden(
        "lae/" + c.name,
        NetworkShape(
          grid: c.grid.map { TokenGrid(prefix: $0[0], height: $0[1], width: $0[2]) }
            ?? TokenGrid(prefix: 0, height: 1, width: c.tokens),
          channels: c.channels, classes: c.classes, depth: c.depth,
          function: c.block.flatMap { BlockFunction($0) } ?? .attention, rank: c.rank,
          pooling: c.pooling == "cls" ? .cls : .mean, inputNorm: c.inputNorm),
        samples: c.samples, stride: c.stride)
    }
  }()

  /// The cases of `Fixtures/methods`.
  static let methods: [HeadGolden] = {
    struct Case: Decodable {
      let name: String, method: String, tokens: Int, channels: Int, classes: Int, samples: Int, stride: Int,
        maps: Int
      let rank: Int?, width: Int?, heads: Int?, hidden: Int?, layerScale: Bool?
    }
    return cases("methods") { (c: Case) in
      let block = TransformerShape(
        width: c.width ?? 0, heads: c.heads ?? 1, hidden: c.hidden, layerScale: c.layerScale ?? false)
      let bodies = ["last": Body.injected, "lst": .ladder(block), "partial-1": .transformer(block)]
      guard let body = bodies[c.method] else { return nil }
      return HeadGolden(
        "methods/" + c.name,
        NetworkShape(
          body: body, inputs: c.maps, tokens: c.tokens, channels: c.channels, classes: c.classes,
          rank: c.rank ?? 0), samples: c.samples, stride: c.stride)
    }
  }()

  private struct Cases<Case: Decodable>: Decodable { let cases: [Case] }

  /// What `golden` makes of the cases of a fixture folder.
  private static func cases<Case: Decodable>(_ folder: String, _ golden: (Case) -> HeadGolden?)
    -> [HeadGolden]
  {
    let json = FileManager.default.contents(atPath: Fixture.path(folder + "/cases.json")) ?? Data()
    return ((try? JSONDecoder().decode(Cases<Case>.self, from: json))?.cases ?? []).compactMap(golden)
  }

  /// The golden numbers at `path` for a network of `shape`.
  private init(_ path: String, _ shape: NetworkShape, samples: Int, stride: Int) {
    let bytes = FileManager.default.contents(atPath: Fixture.path(path + ".f64")) ?? Data()
    let values = bytes.withUnsafeBytes { raw in
      (0..<raw.count / 8).map { raw.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
    }
    let count = samples * shape.classes
    name = path
    self.shape = shape
    self.samples = samples
    self.stride = stride
    logits = Array(values[..<count])
    loss = values[count]
    gradient = Array(values[(count + 1)...])
  }

  /// Parameters in `ParameterTable`'s order.
  var parameters: [Float] { Self.parameters(shape) }

  static func parameters(_ shape: NetworkShape) -> [Float] {
    let table = ParameterTable(shape)
    var out = [Float](repeating: 0, count: table.count)
    for (i, part) in table.parameters.enumerated() {
      for (j, u) in uniform(100 + i, part.range.count).enumerated() {
        out[part.range.lowerBound + j] =
          part.initialisation == .ones ? 1 + 0.5 * u : isSmall(part) ? u * 0.25 : u
      }
    }
    return out
  }

  /// Whether a parameter's values are a quarter of the others.
  private static func isSmall(_ part: Parameter) -> Bool {
    part.isMatrix && ![.blockOutput, .classifier, .hidden, .kernel].contains(part.name)
  }

  /// Features `[samples, inputs, T, C]`.
  var features: [Float] {
    let c = shape.channels
    let offset = Self.uniform(2, c)
    return Self.uniform(1, samples * shape.tokens * c).enumerated().map { $1 * 3 + offset[$0 % c] * 4 }
  }

  /// Dropout masks `[samples, C]`.
  var masks: [Float] { Self.uniform(3, samples * shape.channels).map { $0 > -0.5 ? 1.5 : 0 } }

  /// The generator of `make.py`.
  static func uniform(_ stream: Int, _ n: Int) -> [Float] {
    (0..<n).map { i in
      var z = (UInt64(stream) << 32) &+ UInt64(i) &+ 1
      z = z &* 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      z ^= z >> 31
      return Float(z >> 40) / 8_388_608 - 1
    }
  }
}
