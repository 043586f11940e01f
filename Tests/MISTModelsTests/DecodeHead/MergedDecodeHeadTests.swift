import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// The folded head against the head that it was folded from, in transformers' own results and written out plainly.
@Suite struct MergedDecodeHeadTests {
  private struct Map {
    let height: Int, width: Int, channels: Int
    var values: [Double]

    /// Bilinear with half-pixel centres, edges clamped: PyTorch's `interpolate` with `align_corners=False`.
    func resized(_ h: Int, _ w: Int) -> Map {
      func source(_ i: Int, _ from: Int, _ to: Int) -> (Int, Int, Double) {
        let x = max(0, (Double(i) + 0.5) * Double(from) / Double(to) - 0.5)
        let low = min(Int(x), from - 1)
        return (low, min(low + 1, from - 1), x - Double(low))
      }
      var out = Map(height: h, width: w, channels: channels, values: [])
      for i in 0..<h {
        let (a, b, v) = source(i, height, h)
        for j in 0..<w {
          let (l, r, u) = source(j, width, w)
          for c in 0..<channels {
            func at(_ y: Int, _ x: Int) -> Double { values[(y * width + x) * channels + c] }
            out.values.append(
              (1 - v) * ((1 - u) * at(a, l) + u * at(a, r)) + v * ((1 - u) * at(b, l) + u * at(b, r)))
          }
        }
      }
      return out
    }

    /// `W x + b` at every position, W `[rows, channels]`.
    func product(_ w: [Float], _ b: [Float]?, rows: Int) -> Map {
      var out = Map(height: height, width: width, channels: rows, values: [])
      for p in 0..<height * width {
        for r in 0..<rows {
          out.values.append(
            (0..<channels).reduce(Double(b?[r] ?? 0)) {
              $0 + Double(w[r * channels + $1]) * values[p * channels + $1]
            })
        }
      }
      return out
    }
  }

  private static let folder = "segformer/decode-head/"

  private func golden() throws -> (maps: [Map], logits: Map) {
    let archive = try SafetensorsArchive(path: Fixture.path(Self.folder + "golden.safetensors"))
    func map(_ name: String) throws -> Map {
      let shape = try #require(archive.info(name)).shape
      return Map(
        height: shape[1], width: shape[2], channels: shape[3],
        values: try archive.floats(name).map(Double.init))
    }
    return (try (1...4).map { try map("level\($0)") }, try map("logits"))
  }

  private func alone() throws -> EditedArchive {
    EditedArchive(try SafetensorsArchive(path: Fixture.path(Self.folder + "model.safetensors")))
  }

  private func run(_ head: MergedDecodeHead, _ maps: [Map]) -> Map {
    let (h, w) = (maps[0].height, maps[0].width)
    var sum = [Double](repeating: 0, count: h * w * head.width)
    for (matrix, map) in zip(head.levels, maps) {
      let level = map.product(matrix, nil, rows: head.width).resized(h, w)
      for i in sum.indices { sum[i] += level.values[i] }
    }
    for i in sum.indices { sum[i] = max(0, sum[i] + Double(head.bias[i % head.width])) }
    return Map(height: h, width: w, channels: head.width, values: sum)
      .product(head.classifier, head.classifierBias, rows: head.classes)
  }

  private func expectClose(_ a: Map, _ b: Map, _ tolerance: Double) {
    let largest = b.values.map(abs).max() ?? 0
    #expect(a.values.count == b.values.count && largest > 0.1)
    #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) <= tolerance * largest })
  }

  @Test func theLibrarysLogits() throws {
    let (maps, logits) = try golden()
    let head = try MergedDecodeHead(archive: alone())
    #expect(head.channels == [4, 8, 16, 24] && head.width == 12 && head.classes == 7)
    expectClose(run(head, maps), logits, 2e-6)
  }

  /// The stored form: linear layers, resize, join from the last level, convolution, batch norm, ReLU, classifier.
  @Test(arguments: ["safetensors", "onnx"]) func theUnfoldedFormula(_ format: String) throws {
    let path = SegFormerFixture.hub.path + "/model." + format
    try convert(ModelSource(path: path)) { checkpoint in
      let c = try checkpoint.segformer
      let head = try #require(c.decodeHead)
      #expect(head.batchNorm == (format == "safetensors"))
      let d = head.width
      func read(_ name: String, _ shape: Int...) throws -> [Float] {
        try checkpoint.floats("decode_head." + name, shape: shape)
      }
      let (maps, _) = try golden()
      let (h, w) = (maps[0].height, maps[0].width)
      let levels = try maps.enumerated().map { i, map in
        map.product(
          try read("linear.\(i).weight", d, map.channels), try read("linear.\(i).bias", d), rows: d
        ).resized(h, w)
      }
      let joined = Map(
        height: h, width: w, channels: 4 * d,
        values: (0..<h * w).flatMap { p in levels.reversed().flatMap { $0.values[p * d..<(p + 1) * d] } })
      var fused = joined.product(
        try read("fuse.weight", d, 4 * d), head.batchNorm ? nil : try read("fuse.bias", d), rows: d)
      if head.batchNorm {
        let (g, b) = (try read("batch_norm.weight", d), try read("batch_norm.bias", d))
        let (m, v) = (try read("batch_norm.mean", d), try read("batch_norm.variance", d))
        for i in fused.values.indices {
          let k = i % d
          fused.values[i] =
            (fused.values[i] - Double(m[k])) / (Double(v[k]) + 1e-5).squareRoot() * Double(g[k])
            + Double(b[k])
        }
      }
      fused.values = fused.values.map { max(0, $0) }
      let logits = fused.product(
        try read("classifier.weight", head.classes, d), try read("classifier.bias", head.classes),
        rows: head.classes)
      expectClose(run(try MergedDecodeHead(checkpoint), maps), logits, 1e-6)
    }
  }

  @Test func parametersInOrder() throws {
    let head = try MergedDecodeHead(archive: alone())
    let all = head.parameters
    #expect(all.count == 12 * (4 + 8 + 16 + 24) + 12 + 7 * 12 + 7)
    #expect(all.starts(with: head.levels[0] + head.levels[1]))
    #expect(all.suffix(7) == head.classifierBias[...])
    #expect(all.dropLast(7).suffix(84) == head.classifier[...])
  }

  /// Alone, below wrappers, beside an encoder, or in a converted checkpoint: the same head.
  @Test func whereverItIsStored() throws {
    let whole = try SegFormerFixture.hub.archive()
    let fromFile = try MergedDecodeHead(archive: whole.renamingAll { "module." + $0 })
    let converted = try convert(ModelSource(path: SegFormerFixture.hub.path)) { try MergedDecodeHead($0) }
    #expect(fromFile == converted)
    #expect(try MergedDecodeHead(archive: SegFormerFixture.modules.archive()) == converted)
  }

  @Test func damagedHeadsAreRefused() throws {
    func code(_ archive: EditedArchive) -> ErrorCode? {
      #expect(throws: MISTError.self) { _ = try MergedDecodeHead(archive: archive) }?.code
    }
    let head = try alone()
    for tensor in head.tensors where !tensor.name.hasSuffix("num_batches_tracked") {
      #expect(code(head.dropping(tensor.name)) != nil, "\(tensor.name)")
      let moved = head.renaming(tensor.name, to: tensor.name + "_x")
      #expect(
        [.convertUnmappedTensor, .convertMissingTensor, .convertUnknownConvention].contains(code(moved)))
    }
    let bias = "decode_head.classifier.bias"
    #expect(code(head.dropping(bias).adding(bias, as: bias, shape: [6])) == .convertShapeMismatch)
    let encoder = #expect(throws: MISTError.self) {
      try convert(ModelSource(path: SegFormerFixture.encoder.path)) { _ = try MergedDecodeHead($0) }
    }
    #expect(encoder?.code == .convertMissingTensor)
  }
}
