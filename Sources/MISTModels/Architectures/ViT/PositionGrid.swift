import MISTFormats

/// What a position embedding's number of rows says: the image size behind it, and whether the class token has a row.
struct PositionGrid {
  /// Height and width in pixels.
  let imageSize: [Int]
  let classPosition: Bool
  /// What had to be assumed, a sentence without a full stop.
  private(set) var assumption: String?

  /// Throws `convert.configuration-mismatch` when the rows fit no image, or not the one that the user says.
  init(rows: Int, patch: Int, classToken: Bool, hints: [ConfigurationHints], file: String) throws {
    let said = hints.first(\.imageSize)
    if let (size, origin) = said, size.count == 2,
      size.allSatisfy({ $0 >= patch && $0 <= ModelLimits.imageSize })
    {
      let patches = (size[0] / patch) * (size[1] / patch)
      if patches == rows || patches + 1 == rows && classToken {
        imageSize = size
        classPosition = patches != rows
        return
      }
      if origin.hasPrefix("--") {
        throw MISTError(
          .convertConfigurationMismatch, file: file,
          "\(origin) \(size[0])x\(size[1]) has \(patches) patches of \(patch) pixels, the position embedding \(rows) rows"
        )
      }
      assumption = "\(origin)'s image size \(size) is not the position embedding's, which has \(rows) rows"
    }
    for classPosition in classToken ? [true, false] : [false] {
      guard let side = Self.side(of: rows - (classPosition ? 1 : 0)) else { continue }
      if said == nil {
        assumption = "a square image of \(side * patch) pixels: the position embedding has \(rows) rows"
      }
      imageSize = [side * patch, side * patch]
      self.classPosition = classPosition
      return
    }
    throw MISTError(
      .convertConfigurationMismatch, file: file,
      "a position embedding of \(rows) rows is no square grid of patches"
        + (classToken ? ", with or without a class token" : " and there is no class token"),
      advice:
        "give --image-size HEIGHTxWIDTH if the image is not square; otherwise a tensor is missing or this model "
        + "has other tokens than CLS and registers")
  }

  /// Whether `rows` are one for each patch of an image: of the size that something says, else of a square.
  static func isWhole(_ rows: Int, patch: Int, hints: [ConfigurationHints]) -> Bool {
    guard let size = hints.first(\.imageSize)?.0, size.count == 2,
      size.allSatisfy({ (patch...max(patch, ModelLimits.imageSize)).contains($0) })
    else { return side(of: rows) != nil }
    return (size[0] / patch) * (size[1] / patch) == rows
  }

  private static func side(of patches: Int) -> Int? {
    guard (1...1 << 32).contains(patches) else { return nil }
    let side = Int(Double(patches).squareRoot().rounded())
    return side * side == patches ? side : nil
  }
}
