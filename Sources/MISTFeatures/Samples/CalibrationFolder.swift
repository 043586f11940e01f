import MISTFormats
import MISTVision

/// The images that 8-bit products were prepared by, as a manifest names them.
package struct Calibration: Codable, Hashable, Sendable {
  /// How many they are.
  package var images: Int
  /// Lower-case hex SHA-256 over the bytes of their files, one after another.
  package var sha256: String
  /// What was done with them; another way of preparing products gives other features.
  package var method: String

  /// Weights are rounded one after another, each making up for those before it.
  package static let compensatedRounding = "compensated-rounding"

  package init(images: Int, sha256: String, method: String = Self.compensatedRounding) {
    (self.images, self.sha256, self.method) = (images, sha256, method)
  }
}

/// A folder of images without labels, of which 8-bit products are prepared.
package struct CalibrationFolder: Sendable {
  /// Images that are used: with more, what enters products together changes little.
  package static let largestCount = 64

  private let path: String
  /// Relative to the folder, sorted byte by byte; of more than are used, those spread evenly over all.
  package let files: [String]
  package let record: Calibration

  /// Lists the images in the folder and below it, and reads those that are used.
  /// Throws `file.not-found`, `file.unreadable`, `images.folder-twice`, `calibration.no-images`, and `image.too-large`.
  package init(_ path: String) throws {
    var walk = FolderWalk(path)
    let all = try walk.files(below: "").filter(\.isImage).map(\.name).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    guard !all.isEmpty else {
      throw MISTError(
        .calibrationNoImages, file: path, "there are no images in the folder to calibrate by",
        advice: "images end in \(ImageExtension.list)")
    }
    let count = min(all.count, Self.largestCount)
    self.path = path
    files = (0..<count).map { all[(2 * $0 + 1) * all.count / (2 * count)] }
    var hash = ContentHash()
    for file in files {
      try Self.bytes(FilePath(path).appending(file)).withUnsafeBytes { hash.update($0) }
    }
    record = Calibration(images: count, sha256: hash.finalize())
  }

  /// The file of image `number`. Throws as reading images does, naming the file.
  package func image(_ number: Int) throws -> [UInt8] {
    try Self.bytes(FilePath(path).appending(files[number]))
  }

  /// Calls `body` for image `number`, whose file errors name. Throws what it throws.
  package func naming<Result>(_ number: Int, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as MISTError {
      throw error.inFile(FilePath(path).appending(files[number]).text)
    }
  }

  private static func bytes(_ file: FilePath) throws -> [UInt8] {
    do {
      return try ImageDecoder.contents(of: file)
    } catch let error as MISTError {
      throw error.inFile(file.text)
    }
  }
}

extension ErrorCode {
  /// A folder to calibrate by holds no images.
  package static let calibrationNoImages = ErrorCode("calibration.no-images", exit: .noInput)
}

extension StoreManifest {
  /// Throws `features.calibration-invalid`.
  func checkCalibration() throws {
    guard let calibration else { return }
    func invalid(_ key: String, _ problem: String) -> MISTError {
      MISTError(.featuresCalibrationInvalid, at: "calibration.\(key)", problem)
    }
    guard calibration.images >= 1 else {
      throw invalid("images", "at least 1 is expected, found \(calibration.images)")
    }
    guard ContentHash.isHash(calibration.sha256) else {
      throw invalid(
        "sha256", "64 lower-case hexadecimal digits are expected, found \(quoted(calibration.sha256))")
    }
    guard calibration.method == Calibration.compensatedRounding else {
      throw invalid(
        "method", "\(Calibration.compensatedRounding) is expected, found \(quoted(calibration.method))")
    }
    guard precision == .int8 else {
      throw MISTError(
        .featuresCalibrationInvalid, at: "calibration",
        "products in int8 alone are calibrated, and these are in \(precision.rawValue)")
    }
  }
}
