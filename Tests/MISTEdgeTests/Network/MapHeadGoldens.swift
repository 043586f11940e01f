import Foundation
import TestSupport
import Testing

@testable import MISTEdge

/// The cases of `Fixtures/map-head`, with the inputs that `make.py` draws.
struct MapHeadGolden: Sendable, CustomTestStringConvertible {
  let name: String
  let shape: NetworkShape
  /// Logits `[H'·W', classes]`, mean loss over labelled positions, and every parameter's gradient.
  let logits: [Float]
  let loss: Float
  let gradient: [Float]

  var testDescription: String { name }

  private struct Cases: Decodable {
    struct Level: Decodable { let height: Int, width: Int, channels: Int, depth: Int, reduction: Int }
    struct Case: Decodable {
      let name: String, levels: [Level], outputHeight: Int, outputWidth: Int, classes: Int, hidden: Int,
        rank: Int
      let inputNorm: Bool, norm: Bool
    }
    let cases: [Case]
    let resizes: [ResizeGolden.Size]
  }

  private static func read(_ name: String) -> Data {
    FileManager.default.contents(atPath: Fixture.path("map-head/" + name)) ?? Data()
  }

  private static let cases = try? JSONDecoder().decode(Cases.self, from: read("cases.json"))

  static let resizes = cases?.resizes ?? []

  static func floats(_ name: String) -> [Float] {
    read(name).withUnsafeBytes { raw in
      (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
    }
  }

  static let all: [MapHeadGolden] = (cases?.cases ?? []).map { c in
    let shape = NetworkShape(
      levels: c.levels.map {
        .init(
          height: $0.height, width: $0.width, channels: $0.channels, depth: $0.depth, reduction: $0.reduction)
      },
      outputHeight: c.outputHeight, outputWidth: c.outputWidth, classes: c.classes, hidden: c.hidden,
      rank: c.rank,
      inputNorm: c.inputNorm, norm: c.norm)
    let values = floats(c.name + ".f32")
    let count = shape.outputCount * shape.classes
    return MapHeadGolden(
      name: c.name, shape: shape, logits: Array(values[..<count]), loss: values[count],
      gradient: Array(values[(count + 1)...]))
  }

  /// Parameters in `ParameterTable`'s order.
  var parameters: [Float] {
    let table = ParameterTable(shape)
    var out = [Float](repeating: 0, count: table.count)
    for (i, part) in table.parameters.enumerated() {
      let isGain = part.initialisation == .ones
      let (scale, offset): (Float, Float) = isGain ? (0.5, 1) : part.isMatrix ? (0.25, 0) : (1, 0)
      for (j, u) in HeadGolden.uniform(100 + i, part.range.count).enumerated() {
        out[part.range.lowerBound + j] = offset + scale * u
      }
    }
    return out
  }

  /// Level i's features `[T, C]`.
  func features(_ i: Int) -> [Float] {
    let level = shape.streams[i]
    let offset = HeadGolden.uniform(30 + i, level.channels)
    return HeadGolden.uniform(10 + i, level.tokens * level.channels).enumerated().map {
      $1 * 3 + offset[$0 % level.channels] * 4
    }
  }

  /// Dropout mask `[D]` and labels `[H'·W']`.
  var mask: [Float]? {
    shape.classifierInput > 0 ? HeadGolden.uniform(3, shape.classifierInput).map { $0 > -0.5 ? 1.5 : 0 } : nil
  }
  var labels: [UInt8] {
    HeadGolden.uniform(4, shape.outputCount).map {
      $0 > 0.6 ? 255 : UInt8(Int(($0 + 1) * 64) % shape.classes)
    }
  }
}

/// An entry of `resize.f32`.
enum ResizeGolden {
  struct Size: Decodable, Sendable {
    let height: Int, width: Int, outputHeight: Int, outputWidth: Int, channels: Int
  }
}
