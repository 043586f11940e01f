import Foundation
import MISTFormats
import MISTModels
import MISTVision
import TestSupport
import Testing

/// Orientations against Pillow's `exif_transpose` (`Fixtures/vision/make_orientation.py`).
@Suite struct OrientationTests {
  static let goldens = Result { try openArchive(Fixture.path("vision/oriented.safetensors")) }

  static func preprocessor(_ orientation: Preprocessing.Orientation) throws -> Preprocessor {
    try Preprocessor(
      Preprocessing(
        resize: .exact(height: 4, width: 4), crop: nil, interpolation: .bilinear, mean: [0, 0, 0],
        std: [1, 1, 1], orientation: orientation))
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    try ImageDecoder.contents(of: Fixture.path("vision/oriented/" + name))
  }

  @Test(arguments: try goldens.get().tensors.map(\.name))
  func turnsAsPillowDoes(name: String) throws {
    let golden = try Self.goldens.get()
    let decoded = try Self.preprocessor(.apply).decode(bytes: try Self.bytes(name))
    let image = decoded.image
    #expect([image.height, image.width, 3] == golden.info(name)?.shape)
    #expect(try golden.withBytes(of: name) { image.pixels == [UInt8]($0) })
    #expect(decoded.isTurned == (decoded.orientation != .upright))
  }

  @Test func everyFileHasAGolden() throws {
    let names = try Fixture.files(in: "vision/oriented").map { ($0 as NSString).lastPathComponent }
    #expect(names == (try Self.goldens.get().tensors.map(\.name).sorted()) && names.count > 40)
  }

  @Test(arguments: ImageOrientation.allCases)
  func ignoredOnesAreToldAllTheSame(_ orientation: ImageOrientation) throws {
    for name in ["little-\(orientation.rawValue).jpg", "exif-\(orientation.rawValue).png"] {
      let decoded = try Self.preprocessor(.ignore).decode(bytes: try Self.bytes(name))
      #expect(decoded.orientation == orientation && !decoded.isTurned)
      #expect(decoded.image.width == 6 && decoded.image.height == 4)
    }
  }

  /// A mask turns as its image does.
  @Test(arguments: ImageOrientation.allCases)
  func masksTurnLikeImages(_ orientation: ImageOrientation) {
    let values = (0..<24).map { UInt8($0) }
    let image = RGBImage(width: 6, height: 4, pixels: values.flatMap { [$0, $0, $0] }).turned(orientation)
    let map = LabelMap(width: 6, height: 4, values: values).turned(orientation)
    #expect(map.width == image.width && map.height == image.height)
    #expect(map.values == stride(from: 0, to: 72, by: 3).map { image.pixels[$0] })
  }

  /// Bytes changed and cut anywhere in the metadata give some orientation, and never a crash.
  @Test func damagedMetadataNeverCrashes() throws {
    for name in ["big-6.jpg", "exif-6.png", "many-entries.jpg", "xmp-attribute.jpg"] {
      let whole = try Self.bytes(name)
      for place in 2..<min(whole.count, 120) {
        for value: UInt8 in [0, 1, 0x7F, 0xFF] {
          var damaged = whole
          damaged[place] = value
          _ = try? ImageDecoder.orientation(of: damaged)
        }
        _ = try? ImageDecoder.orientation(of: Array(whole[..<place]))
      }
    }
  }
}
