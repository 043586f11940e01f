import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTVision

@Suite struct LabelMapTests {
  @Test(arguments: try VisionGoldens.names("labels"))
  func samplesStayAsTheyAreStored(name: String) throws {
    let golden = try VisionGoldens.bytes("labels/" + name)
    let map = try LabelMapDecoder.decode(VisionGoldens.path("files/" + name))
    #expect([map.height, map.width] == golden.shape)
    #expect(map.values == golden.values)
  }

  @Test(arguments: try VisionGoldens.names("labels-resized"))
  func resizesAsPillowsNearestDoes(name: String) throws {
    let golden = try VisionGoldens.bytes("labels-resized/" + name)
    let parts = name.split(separator: "/").map(String.init)
    let size = try #require(parts.last).split(separator: "x").compactMap { Int($0) }
    let map = try LabelMapDecoder.decode(VisionGoldens.path("files/" + parts[0]))
    let resized = map.resized(width: size[0], height: size[1])
    #expect([resized.height, resized.width] == golden.shape)
    #expect(resized.values == golden.values)
  }

  @Test(arguments: try VisionGoldens.names("nearest"))
  func takesThePositionsThatPillowTakes(name: String) throws {
    let golden = try VisionGoldens.integers("nearest/" + name)
    let sizes = name.split(separator: "x").compactMap { Int($0) }
    let all = LabelMap.nearest(input: sizes[0], output: sizes[1], window: 0..<sizes[1])
    #expect(all == golden)
    let window = sizes[1] / 4..<sizes[1] * 3 / 4
    #expect(LabelMap.nearest(input: sizes[0], output: sizes[1], window: window) == Array(golden[window]))
  }

  @Test func zeroBecomesIgnoredAndTheRestMovesDown() {
    let map = LabelMap(width: 4, height: 1, values: [0, 1, 150, 255])
    #expect(map.reducedZeroLabel().values == [255, 0, 149, 255])
    #expect(map.largestClass == 150)
    #expect(LabelMap(width: 1, height: 1, values: [255]).largestClass == nil)
  }

  @Test func viewsCutImageAndMaskAlike() throws {
    let image = try ImageDecoder.decode(VisionGoldens.path("files/palette-8.png"))
    // The mask numbers every pixel, so that each part of the picture can be traced back.
    let mask = LabelMap(
      width: image.width, height: image.height, values: (0..<image.width * image.height).map { UInt8($0) })
    for flip in [false, true] {
      let view = ImageView(top: 2, left: 3, height: 4, width: 5, flip: flip)
      let (part, labels) = (image.viewed(view), mask.viewed(view))
      #expect((part.width, part.height) == (5, 4) && (labels.width, labels.height) == (5, 4))
      #expect(labels.values.first == UInt8(2 * image.width + (flip ? 7 : 3)))
      for (i, place) in labels.values.enumerated() {
        #expect(part.pixels[3 * i..<3 * i + 3] == image.pixels[3 * Int(place)..<3 * Int(place) + 3])
      }
    }
    #expect(image.viewed(.whole(of: image)) == image)
  }

  @Test func randomViewsAreSeededAndStayInside() {
    func views(_ seed: UInt64, _ file: Int) -> [ImageView] {
      (0..<200).map {
        ImageView.random(
          imageHeight: 90, imageWidth: 120, minimumScale: 0.5, seed: seed, fileIndex: file, view: $0)
      }
    }
    let all = views(1, 0)
    #expect(all == views(1, 0))
    #expect(all != views(2, 0) && all != views(1, 1))
    #expect(Set(all).count > 190)
    #expect(
      all.allSatisfy {
        $0.top >= 0 && $0.left >= 0 && $0.top + $0.height <= 90 && $0.left + $0.width <= 120
          && $0.height >= 45
          && $0.width >= 60 && abs($0.width * 3 - $0.height * 4) <= 4
      })
    #expect((60...140).contains(all.count { $0.flip }))
    let heights = all.map(\.height)
    #expect((heights.min() ?? 0) < 50 && (heights.max() ?? 0) > 85)
    let smallest = ImageView.random(
      imageHeight: 1, imageWidth: 1, minimumScale: 0, seed: 0, fileIndex: 0, view: 0)
    #expect(smallest.height == 1 && smallest.width == 1)
  }

  /// The views of a store are recorded with the seed alone, so that the sequence must never change.
  @Test func randomViewsAreFixedForever() {
    let view = ImageView.random(
      imageHeight: 480, imageWidth: 640, minimumScale: 0.5, seed: 7, fileIndex: 3, view: 2)
    #expect(view == ImageView(top: 103, left: 123, height: 249, width: 332, flip: true))
  }
}
