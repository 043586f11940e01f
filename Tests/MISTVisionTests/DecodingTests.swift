import MISTFormats
import MISTVision
import TestSupport
import Testing

@Suite struct DecodingTests {
  @Test(arguments: try VisionGoldens.names("decoded"))
  func decodesAsPillowDoes(name: String) throws {
    let golden = try VisionGoldens.bytes("decoded/" + name)
    let isPhotograph = try VisionGoldens.names("decoded-size").contains(name)
    let image = try ImageDecoder.decode(
      isPhotograph ? VisionGoldens.path(name) : VisionGoldens.path("files/" + name))
    guard isPhotograph else {
      #expect([image.height, image.width, 3] == golden.shape)
      #expect(image.pixels == golden.values)
      return
    }
    var window: [UInt8] = []
    for y in image.height / 2 - 12..<image.height / 2 + 12 {
      let start = (y * image.width + image.width / 2 - 12) * 3
      window += image.pixels[start..<start + 24 * 3]
    }
    #expect(window == golden.values)
  }

  @Test func goldensCoverEveryFile() throws {
    let files = try Fixture.files(in: "vision/files").map {
      $0.split(separator: "/").last.map(String.init) ?? ""
    }
    let goldens = try VisionGoldens.names("decoded")
    #expect(files.count > 30)
    #expect(files.allSatisfy { goldens.contains($0) })
  }

  @Test(arguments: [
    ("empty.jpg", ErrorCode.imageUnknownFormat), ("text.png", .imageUnknownFormat),
    ("signature-only.png", .imageTruncated), ("truncated-half.jpg", .imageTruncated),
    ("truncated-header.jpg", .imageTruncated), ("truncated-half.png", .imageTruncated),
    ("no-frame.jpg", .imageCorrupt), ("short-segment.jpg", .imageCorrupt),
    ("two-components.jpg", .imageUnsupported), ("zero-width.jpg", .imageCorrupt),
    ("header-checksum.png", .imageCorrupt), ("bomb.png", .imageTooLarge),
    ("long-exif.png", .imageCorrupt),
  ])
  func refusesBrokenFile(name: String, code: ErrorCode) throws {
    let path = Fixture.path("vision/broken/" + name)
    let error = #expect(throws: MISTError.self) { try ImageDecoder.decode(path) }
    #expect(error?.code == code)
    #expect(error?.file == path)
  }

  @Test func everyBrokenFileIsRefused() throws {
    let files = try Fixture.files(in: "vision/broken")
    #expect(files.count == 13)
    for file in files {
      #expect(throws: MISTError.self) { try ImageDecoder.decode(file) }
    }
  }

  @Test func everyTruncationIsRefusedOrComplete() throws {
    for name in ["ycc-420.jpg", "progressive.jpg", "rgba-16-interlaced.png", "palette-4.png"] {
      let path = VisionGoldens.path("files/" + name)
      let whole = try ImageDecoder.decode(path)
      let bytes = try MappedBytes.read(path)
      for count in stride(from: 0, to: bytes.count, by: 7) {
        // A PNG may lose its end chunk and still hold every pixel; what decodes must be the image.
        let image = try? ImageDecoder.decode(bytes: Array(bytes[..<count]))
        #expect(image == nil || image == whole, "\(name) cut to \(count) bytes")
        if name.hasSuffix("jpg") { #expect(image == nil, "\(name) cut to \(count) bytes") }
      }
    }
  }

  @Test func damagedBytesNeverCrash() throws {
    for name in [
      "ycc-420.jpg", "progressive.jpg", "cmyk.jpg", "rgb-8-interlaced.png", "palette-8.png", "grey-1.png",
    ] {
      let bytes = try MappedBytes.read(VisionGoldens.path("files/" + name))
      var state: UInt64 = 1
      for _ in 0..<200 {
        var damaged = bytes
        for _ in 0..<3 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          damaged[Int(state >> 33) % damaged.count] = UInt8(truncatingIfNeeded: state >> 25)
        }
        do {
          let image = try ImageDecoder.decode(bytes: damaged)
          #expect(image.pixels.count == image.width * image.height * 3)
        } catch let error as MISTError {
          #expect(error.code.exit == .badData)
        }
      }
    }
  }

  @Test func missingFileAndFolder() throws {
    let missing = #expect(throws: MISTError.self) { try ImageDecoder.decode(Fixture.path("vision/none.jpg")) }
    #expect(missing?.code == .fileNotFound)
    let folder = #expect(throws: MISTError.self) { try ImageDecoder.decode(Fixture.path("vision")) }
    #expect(folder?.code == .fileUnreadable)
  }

  @Test func anImageIsNotBlamedForMissingMemory() {
    func code(_ message: String) -> ErrorCode { ImageDecoder.failure(of: "libpng", message).code }
    #expect(code("IDAT: insufficient memory to read chunk") == .memoryInsufficient)
    #expect(code("IDAT: CRC error") == .imageCorrupt)
  }
}

enum MappedBytes {
  static func read(_ path: String) throws -> [UInt8] {
    let file = try MappedFile(path: path)
    return [UInt8](file.bytes)
  }
}
