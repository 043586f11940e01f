import ArgumentParser
import MISTFormats
import MISTModels

extension Preprocessing.Orientation: ExpressibleByArgument {}

/// How pixels become the model's input, part by part.
struct PreprocessingArguments: ParsableArguments {
  @Option(help: "`exact:N`, `exact:HEIGHTxWIDTH` or `shortest:N` pixels.")
  var resize: String?

  @Option(help: "Centre crop: N, HEIGHTxWIDTH or `none`.")
  var crop: String?

  @Option(help: "bilinear or bicubic.")
  var interpolation: String?

  @Option(help: "Three comma-separated means of pixels in 0…1.")
  var mean: String?

  @Option(help: "Three comma-separated standard deviations.")
  var std: String?

  @Option(
    help:
      "What becomes of photographs' EXIF orientation: apply or ignore; by default as the source's own library does (Hugging Face, NVlabs and mmsegmentation apply it)."
  )
  var orientation: Preprocessing.Orientation?

  func apply(to options: inout ConversionOptions) throws {
    if let resize {
      let parts = resize.split(separator: ":", maxSplits: 1).map(String.init)
      switch (parts.first, parts.count) {
      case ("exact", 2):
        let size = try Self.size(parts[1], "--resize")
        options.resize = .exact(height: size[0], width: size[1])
      case ("shortest", 2): options.resize = .shortestEdge(try Self.size(parts[1], "--resize")[0])
      default: throw MISTError(.usage, at: "--resize", "expected exact:SIZE or shortest:N, found '\(resize)'")
      }
    }
    if let crop { options.crop = crop == "none" ? .some(nil) : .some(try Self.size(crop, "--crop")) }
    if let interpolation {
      guard let value = Preprocessing.Interpolation(rawValue: interpolation) else {
        throw MISTError(
          .usage, at: "--interpolation", "expected bilinear or bicubic, found '\(interpolation)'")
      }
      options.interpolation = value
    }
    options.mean = try mean.map { try Self.channels($0, "--mean") }
    options.std = try std.map { try Self.channels($0, "--std") }
    options.orientation = orientation
  }

  /// `N` or `HxW` as `[height, width]`.
  static func size(_ text: String, _ option: String) throws -> [Int] {
    let parts = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    let sizes = parts.compactMap { $0 }.filter { (1...65_536).contains($0) }
    guard sizes.count == parts.count, (1...2).contains(sizes.count) else {
      throw MISTError(.usage, at: option, "expected N or HEIGHTxWIDTH in pixels, found '\(text)'")
    }
    return [sizes[0], sizes[sizes.count - 1]]
  }

  private static func channels(_ text: String, _ option: String) throws -> [Float] {
    let values = text.split(separator: ",").compactMap { Float($0) }
    guard values.count == 3 else {
      throw MISTError(.usage, at: option, "expected three comma-separated numbers, found '\(text)'")
    }
    return values
  }
}
