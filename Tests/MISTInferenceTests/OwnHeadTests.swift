import MISTBackbone
import MISTEdge
import MISTFormats
import MISTInference
import MISTModels
import MISTVision
import TestSupport
import Testing

/// Models predict with the heads they come with, and give what their logits say.
@Suite struct OwnHeadTests {
  /// A converted fixture, and the logits of a picture by the backbone that `mist verify` checks.
  private func withModel(
    _ fixture: String, heads: [Int]? = nil,
    _ body: (_ path: String, _ image: RGBImage, _ logits: [Float], _ shape: [Int]) throws -> Void
  ) throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/model.safetensors"
      var options = ConversionOptions()
      options.heads = heads
      try Conversion(ModelSource(path: Fixture.path(fixture)), options: options).run(to: path)
      let checkpoint = try CanonicalCheckpoint.open(path)
      let image = try ImageDecoder.decode(Fixture.path("images/chelsea.jpg"))
      let (pixels, height, width) = try Preprocessor(checkpoint.preprocessing).apply(image)
      let size = MapSize(height: height, width: width)
      let shape = try #require(
        try Backbones.catalog(checkpoint.configuration).shape(of: .logits, image: size))
      let worker = try Backbones.open(checkpoint, imageSize: size, outputs: [.logits]).makeWorker([.logits])
      var logits: [Float] = []
      try pixels.withUnsafeBufferPointer { try worker.forward($0) { logits = Array($1) } }
      try body(path, image, logits, shape)
    }
  }

  @Test(arguments: ["vit/hf-vit-classifier", "segformer/hf-segformer-classifier"])
  func classifiersGiveTheSoftmaxOfTheirLogits(fixture: String) throws {
    try withModel(fixture) { path, image, logits, shape in
      let predictor = try ImagePredictor(model: path)
      #expect(!predictor.isSegmentation && predictor.classes.count == shape[0] && shape.count == 1)
      let file = try MappedFile.contents(of: Fixture.path("images/chelsea.jpg"))
      guard case .classes(let scores) = try predictor.makeWorker().predict(file, top: shape[0] + 1) else {
        Issue.record("a classifier gave a mask")
        return
      }
      #expect(scores.map(\.index) == logits.indices.sorted { logits[$0] > logits[$1] })
      #expect(scores.map(\.name) == scores.map { predictor.classes[$0.index] })
      let largest = logits.max() ?? 0
      let powers = logits.map { Double($0 - largest) }.map { Self.exp($0) }
      let sum = powers.reduce(0, +)
      for score in scores { #expect(abs(score.probability - powers[score.index] / sum) < 1e-5) }
    }
  }

  /// mmsegmentation's decode head, which no single matrix per level can be, and the one of transformers.
  @Test(arguments: [("segformer-mmseg/mmseg", [1, 2, 4, 3]), ("segformer/hf-segformer-hub", nil)])
  func decodeHeadsGiveTheLargestResizedLogit(fixture: String, heads: [Int]?) throws {
    try withModel(fixture, heads: heads) { path, image, logits, shape in
      try #require(shape.count == 3)
      let file = try MappedFile.contents(of: Fixture.path("images/chelsea.jpg"))
      let predictor = try ImagePredictor(model: path, example: file)
      #expect(predictor.isSegmentation && predictor.classes.count == shape[2])
      guard case .mask(let mask) = try predictor.makeWorker().predict(file) else {
        Issue.record("a decode head gave no mask")
        return
      }
      try #require((mask.height, mask.width) == (image.height, image.width))
      let checkpoint = try CanonicalCheckpoint.open(path)
      try #require(checkpoint.preprocessing.crop == nil, "the whole image is the input")
      var right = 0
      for y in 0..<image.height {
        for x in 0..<image.width {
          let values = Self.resized(logits, shape, y, x, image)
          if values.firstIndex(of: values.max() ?? 0) == Int(mask.values[y * image.width + x]) { right += 1 }
        }
      }
      // A pixel on the border between two classes may tip over by rounding.
      #expect(Double(right) >= 0.9999 * Double(mask.values.count), "\(right) of \(mask.values.count)")
      #expect(Set(mask.values).count > 1, "a mask of one class would prove little")
    }
  }

  /// Bilinear, corners not aligned.
  private static func resized(
    _ logits: [Float], _ shape: [Int], _ y: Int, _ x: Int, _ image: RGBImage
  ) -> [Double] {
    func axis(_ place: Int, _ output: Int, _ input: Int) -> (low: Int, high: Int, share: Double) {
      let exact = max(0, (Double(place) + 0.5) * Double(input) / Double(output) - 0.5)
      let low = min(Int(exact), input - 1)
      return (low, min(low + 1, input - 1), exact - Double(low))
    }
    let (v, h) = (axis(y, image.height, shape[0]), axis(x, image.width, shape[1]))
    return (0..<shape[2]).map { k in
      func at(_ row: Int, _ column: Int) -> Double {
        Double(logits[(row * shape[1] + column) * shape[2] + k])
      }
      let top = at(v.low, h.low) * (1 - h.share) + at(v.low, h.high) * h.share
      let bottom = at(v.high, h.low) * (1 - h.share) + at(v.high, h.high) * h.share
      return top * (1 - v.share) + bottom * v.share
    }
  }

  private static func exp(_ x: Double) -> Double {
    // A series after halving: tests need no Foundation for it.
    var (term, sum) = (1.0, 1.0)
    for i in 1...30 {
      term *= x / 64 / Double(i)
      sum += term
    }
    return (0..<6).reduce(sum) { value, _ in value * value }
  }

  @Test func aModelWithoutAHeadIsRefused() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/model.safetensors"
      try Conversion(ModelSource(path: Fixture.path("vit/hf-vit")), options: ConversionOptions()).run(
        to: path)
      let error = #expect(throws: MISTError.self) { try ImagePredictor(model: path) }
      #expect(error?.code == .predictNoHead)
    }
  }
}
