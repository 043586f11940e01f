import Testing

@testable import MISTEdge

@Suite("Bilinear resizing of maps")
struct MapResizeTests {
  @Test("against PyTorch's interpolate and its gradient: up, down, odd sizes, one pixel, the same size")
  func goldens() {
    let values = MapHeadGolden.floats("resize.f32")
    var at = 0
    func next(_ n: Int) -> [Double] {
      defer { at += n }
      return values[at..<(at + n)].map(Double.init)
    }
    #expect(MapHeadGolden.resizes.count == 6)
    for size in MapHeadGolden.resizes {
      let (h, w, c) = (size.height, size.width, size.channels)
      let count = size.outputWidth * c
      let map = HeadGolden.uniform(50, h * w * c)
      var out = [Float](repeating: .nan, count: size.outputHeight * count)
      MapResize.bilinear(
        map, height: h, width: w, channels: c, to: &out, outputHeight: size.outputHeight,
        outputWidth: size.outputWidth)
      #expect(relativeError(out, next(out.count)) < 1e-6)

      let resize = MapResize(
        height: h, width: w, outputHeight: size.outputHeight, outputWidth: size.outputWidth)
      #expect(resize.isIdentity == (h == size.outputHeight && w == size.outputWidth))
      let d = HeadGolden.uniform(51, out.count)
      var between = [Float](repeating: .nan, count: w * c)
      var dMap = [Float](repeating: 0, count: map.count)
      for i in 0..<size.outputHeight {
        resize.addRowGradient(
          i, Array(d[i * count..<(i + 1) * count]), channels: c, between: &between, to: &dMap)
      }
      #expect(relativeError(dMap, next(map.count)) < 1e-6)
    }
    #expect(at == values.count)
  }
}
