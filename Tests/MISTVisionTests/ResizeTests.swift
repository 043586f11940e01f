import MISTModels
import MISTVision
import Testing

@Suite struct ResizeTests {
  @Test(arguments: try VisionGoldens.names("resized"))
  func resizesAsPillowDoesToTheBit(name: String) throws {
    let golden = try VisionGoldens.bytes("resized/" + name)
    let parts = name.split(separator: "/").map(String.init)
    let size = try #require(parts.dropLast().last).split(separator: "x").compactMap { Int($0) }
    let interpolation = try #require(parts.last.flatMap(Preprocessing.Interpolation.init(rawValue:)))
    let image = try ImageDecoder.decode(VisionGoldens.path(parts.dropLast(2).joined(separator: "/")))
    let resized = image.resized(width: size[0], height: size[1], interpolation: interpolation)
    #expect([resized.height, resized.width, 3] == golden.shape)
    #expect(resized.pixels == golden.values)
  }

  @Test func flatImagesStayFlat() {
    let image = RGBImage(width: 19, height: 5, pixels: Array(repeating: 255, count: 19 * 5 * 3))
    for interpolation in [Preprocessing.Interpolation.bilinear, .bicubic] {
      for (width, height) in [(1, 1), (3, 17), (64, 64), (19, 4)] {
        let resized = image.resized(width: width, height: height, interpolation: interpolation)
        #expect(resized.pixels.allSatisfy { $0 == 255 })
      }
    }
  }
}
