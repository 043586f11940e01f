import MISTModels
import MISTVision
import Testing

/// A mask must lie over the model's input as its image does.
@Suite struct MaskPreprocessingTests {
  private static let names = [
    "exact", "exact-crop", "shortest-crop", "shortest-crop-odd", "shortest-alone", "padded",
  ]

  /// An image whose red channel is its mask: after preprocessing both by their own ways, they agree wherever the mask is the
  /// same in the neighbourhood that the image's filter reads.
  @Test(arguments: names)
  func followsTheImage(name: String) throws {
    let preprocessor = try Preprocessor(try VisionGoldens.preprocessing(name))
    let (width, height) = (90, 67)
    // Two halves, and a stripe: large areas of one class.
    let values = (0..<width * height).map { i -> UInt8 in
      let (y, x) = i.quotientAndRemainder(dividingBy: width)
      return y > 40 ? 200 : x > 50 ? 100 : 20
    }
    let image = RGBImage(width: width, height: height, pixels: values.flatMap { [$0, $0, $0] })
    let mask = try preprocessor.apply(LabelMap(width: width, height: height, values: values))
    let (input, inputHeight, inputWidth) = try preprocessor.apply(image)
    #expect((mask.height, mask.width) == (inputHeight, inputWidth))
    let (mean, std) = (preprocessor.preprocessing.mean[0], preprocessor.preprocessing.std[0])
    let red = input.prefix(inputHeight * inputWidth).map { Int((($0 * std + mean) * 255).rounded()) }
    var compared = 0
    for (value, label) in zip(red, mask.values) {
      if label == LabelMap.ignored {
        #expect(value == 0, "padding is black")
      } else if [20, 100, 200].contains(value) {
        #expect(value == Int(label))
        compared += 1
      }
    }
    #expect(compared * 2 > mask.values.count { $0 != LabelMap.ignored })
    #expect(name == "padded" || !mask.values.contains(LabelMap.ignored))
  }

  @Test(arguments: names)
  func placementFindsTheInputOfEveryPixel(name: String) throws {
    let preprocessor = try Preprocessor(try VisionGoldens.preprocessing(name))
    // A ramp per axis: where a pixel's own value is found in the input is where the pixel went.
    for (width, height) in [(90, 67), (40, 61)] {
      let (rows, columns) = preprocessor.placement(height: height, width: width)
      let mask = LabelMap(
        width: width, height: height, values: (0..<width * height).map { UInt8($0 / width) })
      let moved = try preprocessor.apply(mask)
      for i in 0..<height {
        let place = rows.position(of: i)
        guard place > 1, place < Double(rows.input) - 1 else { continue }
        let column = Int(columns.position(of: width / 2))
        let found = Double(moved.values[Int(place) * moved.width + column])
        // A pixel of the input is 1 / scale pixels of the image.
        #expect(abs(found - Double(i)) <= max(1, 1 / rows.scale), "row \(i) of \(height)")
      }
      #expect(rows.image == height && columns.input == moved.width)
    }
  }

  @Test func anExactResizeSpansTheWholeInput() throws {
    let preprocessor = try Preprocessor(try VisionGoldens.preprocessing("exact"))
    let (rows, columns) = preprocessor.placement(height: 280, width: 14)
    #expect(rows.position(of: 0) == 0.05 && rows.offset == 0)
    #expect(columns.position(of: 13) == 27 && columns.scale == 2)
  }
}
