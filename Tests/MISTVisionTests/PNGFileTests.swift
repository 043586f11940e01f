import Foundation
import MISTFormats
import MISTVision
import TestSupport
import Testing

@Suite struct PNGFileTests {
  private static let labels = LabelMap(
    width: 7, height: 5, values: (0..<35).map { [0, 1, 2, 149, 254, 255][$0 % 6] })

  @Test func indexedFilesKeepNumbersAndShowColours() throws {
    try Fixture.withTemporaryFolder { folder in
      let path = folder + "/mask.png"
      let palette = Palette.standard(classes: 150)
      try PNGFile.writeIndexed(Self.labels, palette: palette, to: path)
      #expect(try LabelMapDecoder.decode(path) == Self.labels)
      let shown = try ImageDecoder.decode(path)
      for (i, label) in Self.labels.values.enumerated() {
        let color = palette[label]
        #expect(Array(shown.pixels[3 * i..<3 * i + 3]) == [color.red, color.green, color.blue])
      }
      // Nothing else is left in the folder, and the file can be replaced.
      try PNGFile.writeIndexed(
        LabelMap(width: 1, height: 1, values: [9]), palette: palette, to: path)
      #expect(try LabelMapDecoder.decode(path).values == [9])
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left == ["mask.png"])
    }
  }

  @Test func picturesComeBackAsTheyWere() throws {
    let image = try ImageDecoder.decode(VisionGoldens.path("chelsea.jpg"))
    let bytes = try PNGFile.encodeRGB(image)
    #expect(try ImageDecoder.decode(bytes: bytes) == image)
    #expect(try PNGFile.encodeRGB(image) == bytes)
    #expect(throws: MISTError.self) { try LabelMapDecoder.decode(bytes: bytes) }
  }

  @Test func aMissingFolderIsAnErrorAndLeavesNothing() throws {
    try Fixture.withTemporaryFolder { folder in
      let error = #expect(throws: MISTError.self) {
        try PNGFile.writeIndexed(
          Self.labels, palette: .standard(classes: 3), to: folder + "/none/mask.png")
      }
      #expect(error?.code == .fileWriteFailed)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
    }
  }

  /// The first entries as the PASCAL VOC development kit's `VOClabelcolormap` gives them, from its number 1 on.
  @Test func coloursAreThoseOfPascalVOC() {
    let palette = Palette.standard(classes: 255)
    let expected: [[UInt8]] = [
      [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128], [128, 0, 128], [0, 128, 128], [128, 128, 128],
      [64, 0, 0],
    ]
    #expect(Array(palette.colors[..<24]) == expected.flatMap { $0 })
    #expect(palette[254] == (224, 224, 192))
    #expect(palette[LabelMap.ignored] == (0, 0, 0))
    let distinct = Set((UInt8(0)..<255).map { "\(palette[$0])" })
    #expect(distinct.count == 255)
    #expect(Palette.standard(classes: 2)[2] == (0, 0, 0))
  }

  @Test func overlaysMixClassesAndKeepIgnoredPixels() {
    let image = RGBImage(width: 3, height: 1, pixels: [10, 20, 30, 200, 100, 0, 7, 8, 9])
    let labels = LabelMap(width: 3, height: 1, values: [0, 1, 255])
    let palette = Palette.standard(classes: 2)
    #expect(Overlay.blend(image, labels, palette).pixels == [69, 10, 15, 100, 114, 0, 7, 8, 9])
    #expect(Overlay.blend(image, labels, palette, alpha: 0) == image)
    #expect(Overlay.blend(image, labels, palette, alpha: 1).pixels == [128, 0, 0, 0, 128, 0, 7, 8, 9])
  }
}
