import MISTFormats
import MISTVision
import TestSupport
import Testing

@Suite struct MalformedMaskTests {
  private static let codes: [String: ErrorCode] = [
    "picture-rgb.png": .maskUnsupported, "picture-rgba.png": .maskUnsupported,
    "picture-grey-alpha.png": .maskUnsupported, "picture-16-bit.png": .maskUnsupported,
    "picture.jpg": .maskUnsupported, "empty.png": .imageUnknownFormat, "text.png": .imageUnknownFormat,
    "truncated-interlaced.png": .imageTruncated, "short-interlaced.png": .imageCorrupt,
    "data-checksum.png": .imageCorrupt, "no-palette.png": .imageCorrupt,
    "palette-16-bit.png": .imageCorrupt,
    "one-row-short.png": .imageCorrupt, "not-deflate.png": .imageCorrupt,
    "unknown-filter.png": .imageCorrupt,
    "no-data.png": .imageCorrupt, "bomb.png": .imageTooLarge, "long-edge.png": .imageCorrupt,
    "zero-height.png": .imageCorrupt,
  ]

  @Test(arguments: try Fixture.files(in: "vision/broken-masks"))
  func isRefusedWithItsCode(path: String) throws {
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    let expected = try #require(Self.codes[name], "\(name) has no expectation")
    let error = #expect(throws: MISTError.self) { try LabelMapDecoder.decode(path) }
    #expect(error?.code == expected, "\(String(describing: error))")
    #expect(error?.file == path)
    #expect(error?.code.exit == .badData)
  }

  @Test func everyExpectationHasAFile() throws {
    #expect(try Fixture.files(in: "vision/broken-masks").count == Self.codes.count)
  }

  @Test(arguments: ["grey-8-interlaced.png", "palette-4.png", "grey-1.png"])
  func everyTruncationIsRefusedOrComplete(name: String) throws {
    let path = VisionGoldens.path("files/" + name)
    let whole = try LabelMapDecoder.decode(path)
    let bytes = try MappedBytes.read(path)
    for count in 0..<bytes.count {
      // The end chunk may be missing and every sample still be there.
      let map = try? LabelMapDecoder.decode(bytes: Array(bytes[..<count]))
      #expect(map == nil || map == whole, "cut to \(count) bytes")
    }
  }

  @Test(arguments: ["grey-8-interlaced.png", "palette-8.png", "grey-2.png"])
  func damagedBytesNeverCrash(name: String) throws {
    let bytes = try MappedBytes.read(VisionGoldens.path("files/" + name))
    var state: UInt64 = 3
    for _ in 0..<300 {
      var damaged = bytes
      for _ in 0..<2 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        damaged[Int(state >> 33) % damaged.count] = UInt8(truncatingIfNeeded: state >> 25)
      }
      do {
        let map = try LabelMapDecoder.decode(bytes: damaged)
        #expect(map.values.count == map.width * map.height)
      } catch let error as MISTError {
        #expect(error.code.exit == .badData)
      }
    }
  }
}
