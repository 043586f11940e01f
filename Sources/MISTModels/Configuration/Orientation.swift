extension Preprocessing {
  /// What becomes of the orientation that a photograph's EXIF data carries.
  package enum Orientation: String, Codable, CaseIterable, Sendable {
    /// Pixels are taken as they are stored, as timm and torchvision take them.
    case ignore
    /// The image is turned by it before everything else, as transformers' image loading does.
    case apply
  }
}

// As JSON, `orientation` is there for `apply` alone: files from before it are what would be written today, hashes included.
extension Preprocessing {
  private enum Keys: String, CodingKey { case resize, crop, interpolation, mean, std, orientation }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    self.init(
      resize: try container.decode(Resize.self, forKey: .resize),
      crop: try container.decodeIfPresent([Int].self, forKey: .crop),
      interpolation: try container.decode(Interpolation.self, forKey: .interpolation),
      mean: try container.decode([Float].self, forKey: .mean),
      std: try container.decode([Float].self, forKey: .std))
    if let orientation = try container.decodeIfPresent(Orientation.self, forKey: .orientation) {
      guard orientation == .apply else {
        throw DecodingError.dataCorruptedError(
          forKey: .orientation, in: container, debugDescription: "'apply' is expected, or nothing")
      }
      self.orientation = orientation
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(resize, forKey: .resize)
    try container.encodeIfPresent(crop, forKey: .crop)
    try container.encode(interpolation, forKey: .interpolation)
    try container.encode(mean, forKey: .mean)
    try container.encode(std, forKey: .std)
    if orientation == .apply { try container.encode(orientation, forKey: .orientation) }
  }
}
