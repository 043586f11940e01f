import MISTEdge
import MISTFormats
import MISTModels
import MISTVision
import Testing

@Suite struct PreprocessorTests {
  /// Pixels agree to the bit; scaling and normalising are a few f32 operations, whose order libraries may choose.
  static let toleranceF32: Float = 1e-6

  @Test(arguments: try VisionGoldens.names("preprocessed"))
  func preparesAsTorchvisionDoes(name: String) throws {
    let golden = try VisionGoldens.floats("preprocessed/" + name)
    let parts = name.split(separator: "/").map(String.init)
    let preprocessor = try Preprocessor(try VisionGoldens.preprocessing(try #require(parts.last)))
    let image = try ImageDecoder.decode(VisionGoldens.path(parts.dropLast().joined(separator: "/")))
    let (values, height, width) = try preprocessor.apply(image)
    #expect([3, height, width] == golden.shape)
    try #require(values.count == golden.values.count)
    let worst = zip(values, golden.values).map { abs($0 - $1) }.max() ?? .infinity
    #expect(worst <= Self.toleranceF32)
  }

  @Test func outputSizeIsKnownWhereItCanBe() throws {
    func preprocessing(_ resize: Preprocessing.Resize, crop: [Int]?) -> Preprocessing {
      Preprocessing(
        resize: resize, crop: crop, interpolation: .bicubic, mean: Preprocessing.imageNetMean,
        std: Preprocessing.imageNetStd)
    }
    let exact = try Preprocessor(preprocessing(.exact(height: 4, width: 6), crop: nil)).outputSize
    #expect(exact?.height == 4 && exact?.width == 6)
    let cropped = try Preprocessor(preprocessing(.shortestEdge(9), crop: [5, 7])).outputSize
    #expect(cropped?.height == 5 && cropped?.width == 7)
    let open = try Preprocessor(preprocessing(.shortestEdge(8), crop: nil))
    #expect(open.outputSize == nil)
    let image = RGBImage(width: 3, height: 5, pixels: Array(repeating: 0, count: 45))
    #expect(open.outputSize(of: image) == MapSize(height: 13, width: 8))
  }

  /// A crop keeps a small window of an extreme aspect ratio: the rest must not be computed.
  @Test func longImagesCostOnlyTheirCrop() throws {
    let preprocessor = try Preprocessor(
      Preprocessing(
        resize: .shortestEdge(256), crop: [224, 224], interpolation: .bilinear,
        mean: Preprocessing.imageNetMean,
        std: Preprocessing.imageNetStd))
    let image = RGBImage(width: 1_000_000, height: 1, pixels: Array(repeating: 128, count: 3_000_000))
    let (values, height, width) = try preprocessor.apply(image)
    #expect(height == 224 && width == 224)
    let red = (Float(128) / 255 - 0.485) / 0.229
    #expect(abs((values.first ?? 0) - red) <= Self.toleranceF32)
  }

  @Test(arguments: [
    Preprocessing(
      resize: .shortestEdge(0), crop: nil, interpolation: .bilinear, mean: [0, 0, 0], std: [1, 1, 1]),
    Preprocessing(
      resize: .shortestEdge(8), crop: [4], interpolation: .bilinear, mean: [0, 0, 0], std: [1, 1, 1]),
    Preprocessing(
      resize: .shortestEdge(8), crop: [4, -1], interpolation: .bilinear, mean: [0, 0, 0], std: [1, 1, 1]),
    Preprocessing(
      resize: .shortestEdge(8), crop: nil, interpolation: .bilinear, mean: [0, 0], std: [1, 1, 1]),
    Preprocessing(
      resize: .shortestEdge(8), crop: nil, interpolation: .bilinear, mean: [0, 0, 0], std: [1, 0, 1]),
    Preprocessing(
      resize: .exact(height: 1 << 40, width: 4), crop: nil, interpolation: .bilinear, mean: [0, 0, 0],
      std: [1, 1, 1]),
  ])
  func refusesWhatCannotBeCarriedOut(preprocessing: Preprocessing) {
    let error = #expect(throws: MISTError.self) { try Preprocessor(preprocessing) }
    #expect(error?.code == .preprocessingInvalid)
  }
}
