/// How an image file becomes the model's input `[3, height, width]`: recorded in the converted model and, from
/// there, in feature stores, heads and bundles. `MISTVision` carries it out.
package struct Preprocessing: Codable, Hashable, Sendable {
  package enum Interpolation: String, Codable, Sendable { case bilinear, bicubic }

  /// The resize before any crop. PIL's antialiased filters are the reference.
  /// As JSON: `{"exact":[height,width]}` or `{"shortestEdge":pixels}`.
  package enum Resize: Codable, Hashable, Sendable {
    /// To exactly `[height, width]`, ignoring the aspect ratio (Hugging Face's ViT).
    case exact(height: Int, width: Int)
    /// So that the shorter edge has this many pixels, keeping the aspect ratio (timm, torchvision).
    case shortestEdge(Int)
  }

  package var resize: Resize
  /// Centre crop to `[height, width]` after the resize, or nil for none.
  package var crop: [Int]?
  package var interpolation: Interpolation
  /// Per-channel mean and standard deviation, RGB, of pixels scaled to 0…1.
  package var mean: [Float]
  package var std: [Float]
  package var orientation = Orientation.ignore

  package init(
    resize: Resize, crop: [Int]?, interpolation: Interpolation, mean: [Float], std: [Float],
    orientation: Orientation = .ignore
  ) {
    self.orientation = orientation
    self.resize = resize
    self.crop = crop
    self.interpolation = interpolation
    self.mean = mean
    self.std = std
  }

  package static let imageNetMean: [Float] = [0.485, 0.456, 0.406]
  package static let imageNetStd: [Float] = [0.229, 0.224, 0.225]

  /// Height and width of the result, nil where they depend on the image.
  package var outputSize: [Int]? {
    if let crop { return crop }
    if case .exact(let height, let width) = resize { return [height, width] }
    return nil
  }

  /// What is impossible about these values, or nil. Sizes are at most 16,384 pixels.
  package var flaw: String? {
    let sizes: [Int]
    switch resize {
    case .exact(let height, let width): sizes = [height, width]
    case .shortestEdge(let edge): sizes = [edge]
    }
    if !(sizes + (crop ?? [])).allSatisfy({ (1...16_384).contains($0) }) { return "a size is not in 1…16384" }
    if let crop, crop.count != 2 { return "the crop has \(crop.count) sizes instead of 2" }
    if mean.count != 3 || std.count != 3 { return "mean and standard deviation need 3 values each" }
    if !mean.allSatisfy(\.isFinite) { return "a mean is not finite" }
    if !std.allSatisfy({ $0.isFinite && $0 > 0 }) { return "a standard deviation is not positive" }
    return nil
  }
}

extension Preprocessing.Resize {
  private enum Keys: String, CodingKey { case exact, shortestEdge }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    if let size = try container.decodeIfPresent([Int].self, forKey: .exact) {
      guard size.count == 2, container.allKeys.count == 1 else {
        throw DecodingError.dataCorruptedError(
          forKey: .exact, in: container, debugDescription: "expected [height, width]")
      }
      self = .exact(height: size[0], width: size[1])
    } else {
      self = .shortestEdge(try container.decode(Int.self, forKey: .shortestEdge))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    switch self {
    case .exact(let height, let width): try container.encode([height, width], forKey: .exact)
    case .shortestEdge(let edge): try container.encode(edge, forKey: .shortestEdge)
    }
  }
}
