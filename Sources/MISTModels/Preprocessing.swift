/// How an image file becomes the model's input `[3, height, width]`: recorded in the converted model and, from
/// there, in feature stores, heads and bundles. `MISTVision` carries it out.
public struct Preprocessing: Codable, Hashable, Sendable {
  public enum Interpolation: String, Codable, Sendable { case bilinear, bicubic }

  /// The resize before any crop. PIL's antialiased filters are the reference.
  public enum Resize: Codable, Hashable, Sendable {
    /// To exactly `[height, width]`, ignoring the aspect ratio (Hugging Face's ViT).
    case exact(height: Int, width: Int)
    /// So that the shorter edge has this many pixels, keeping the aspect ratio (timm, torchvision).
    case shortestEdge(Int)
  }

  public var resize: Resize
  /// Centre crop to `[height, width]` after the resize, or nil for none.
  public var crop: [Int]?
  public var interpolation: Interpolation
  /// Per-channel mean and standard deviation, RGB, of pixels scaled to 0…1.
  public var mean: [Float]
  public var std: [Float]

  public init(resize: Resize, crop: [Int]?, interpolation: Interpolation, mean: [Float], std: [Float]) {
    self.resize = resize
    self.crop = crop
    self.interpolation = interpolation
    self.mean = mean
    self.std = std
  }

  public static let imageNetMean: [Float] = [0.485, 0.456, 0.406]
  public static let imageNetStd: [Float] = [0.229, 0.224, 0.225]
}
