import Foundation
import MISTFormats
import MISTModels
import MISTVision
import TestSupport

/// What Pillow and torchvision made of the images (`Fixtures/vision/make.py`).
enum VisionGoldens {
  static let archive = Result { try openArchive(Fixture.path("vision/goldens.safetensors")) }

  /// Names below `prefix`, without it.
  static func names(_ prefix: String) throws -> [String] {
    try archive.get().tensors.map(\.name).filter { $0.hasPrefix(prefix + "/") }
      .map { String($0.dropFirst(prefix.count + 1)) }
  }

  static func bytes(_ name: String) throws -> (values: [UInt8], shape: [Int]) {
    let archive = try archive.get()
    let values = try archive.withBytes(of: name) { [UInt8]($0) }
    return (values, archive.info(name)?.shape ?? [])
  }

  static func floats(_ name: String) throws -> (values: [Float], shape: [Int]) {
    let archive = try archive.get()
    let values = try archive.withBytes(of: name) { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    return (values, archive.info(name)?.shape ?? [])
  }

  static func integers(_ name: String) throws -> [Int] {
    try archive.get().withBytes(of: name) { bytes in
      (0..<bytes.count / 4).map { Int(bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) }
    }
  }

  /// Path of an image named as in the goldens.
  static func path(_ image: String) -> String {
    Fixture.path(image.hasPrefix("files/") ? "vision/" + image : "images/" + image)
  }

  /// The preprocessing cases of the script, as the suite's own type.
  static func preprocessing(_ name: String) throws -> Preprocessing {
    struct Case: Decodable {
      let resize: [String: Int]
      let crop: [Int]?
      let interpolation: Preprocessing.Interpolation
      let mean: [Float]
      let std: [Float]
    }
    let data = try Data(contentsOf: URL(fileURLWithPath: Fixture.path("vision/preprocessing.json")))
    let cases = try JSONDecoder().decode([String: Case].self, from: data)
    guard let found = cases[name] else { throw MISTError(.bug, "no case \(name)") }
    let resize: Preprocessing.Resize =
      found.resize["shortestEdge"].map { .shortestEdge($0) }
      ?? .exact(height: found.resize["height"] ?? 0, width: found.resize["width"] ?? 0)
    return Preprocessing(
      resize: resize, crop: found.crop, interpolation: found.interpolation, mean: found.mean, std: found.std)
  }
}
