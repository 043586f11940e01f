import MISTFormats

/// What a position embedding's number of rows says: the image size behind it, and whether the class token has a row.
struct PositionGrid {
  /// Height and width in pixels.
  let imageSize: [Int]
  let classPosition: Bool
  /// What had to be assumed, a sentence without a full stop.
  private(set) var assumption: String?
  /// Set where the rows fit two images and nothing says which; the sizes are then those of the square one.
  private(set) var unknown: MISTError?

  /// `classPosition`: whether a class token has a row, where something else says it. Throws `convert.configuration-mismatch` when the
  /// rows fit no image, or not the one that the user says.
  init(
    rows: Int, patch: Int, classToken: Bool, classPosition known: Bool?, registers: Int = 0,
    hints: [ConfigurationHints], file: String
  ) throws {
    try Self.refusePositionsOfRegisters(
      rows, patch, others: registers + (classToken ? 1 : 0), registers, hints, file)
    let known = classToken ? known : false
    func fits(_ size: [Int]) -> Bool? {
      guard size.count == 2, size.allSatisfy({ $0 >= patch && $0 <= ModelLimits.imageSize }) else {
        return nil
      }
      let patches = (size[0] / patch) * (size[1] / patch)
      return known != true && patches == rows || known != false && patches + 1 == rows
    }
    let said = hints.first(\.imageSize)
    if let (size, origin) = said, let isFitting = fits(size) {
      let patches = (size[0] / patch) * (size[1] / patch)
      if isFitting {
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
    if known != false, let side = Self.side(of: rows - 1) {
      if said == nil { assumption = Self.square(side * patch, rows) }
      imageSize = [side * patch, side * patch]
      classPosition = true
      return
    }
    // Without the class token's row, unless the image is not square: what a graph takes decides.
    if known == nil, let size = hints.first(\.inputSize)?.0, fits(size) == true {
      imageSize = size
      classPosition = (size[0] / patch) * (size[1] / patch) != rows
      return
    }
    if known != true, let side = Self.side(of: rows) {
      if known == nil { unknown = Self.twoReadings(rows, side, patch, file) }
      if said == nil { assumption = Self.square(side * patch, rows) }
      imageSize = [side * patch, side * patch]
      classPosition = false
      return
    }
    throw MISTError(
      .convertConfigurationMismatch, file: file,
      "a position embedding of \(rows) rows is no square grid of patches"
        + (known.map { $0 ? " and a class token" : "" } ?? ", with or without a class token")
        + (classToken ? "" : " and there is no class token"),
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

  /// Throws `convert.unsupported-model` where every token has a row, the registers too.
  private static func refusePositionsOfRegisters(
    _ rows: Int, _ patch: Int, others: Int, _ registers: Int, _ hints: [ConfigurationHints], _ file: String
  ) throws {
    guard registers > 0 else { return }
    let said = hints.first(\.imageSize)?.0
    let fitsSaid = said.map { $0.count == 2 && ($0[0] / patch) * ($0[1] / patch) == rows - others }
    let fits =
      fitsSaid ?? (side(of: rows - others) != nil && side(of: rows) == nil && side(of: rows - 1) == nil)
    guard fits else { return }
    throw MISTError(
      .convertUnsupportedModel, file: file,
      "its position embedding has a row for each of \(registers) register tokens, and only patches and class token may have one"
    )
  }

  private static func square(_ side: Int, _ rows: Int) -> String {
    "a square image of \(side) pixels: the position embedding has \(rows) rows"
  }

  /// A class token whose row may or may not be one of `rows`.
  private static func twoReadings(_ rows: Int, _ side: Int, _ patch: Int, _ file: String) -> MISTError {
    // The two sides nearest to each other, for an example.
    let patches = rows - 1
    let width = (1...max(1, side)).last { patches % $0 == 0 } ?? 1
    let example = "\(patches / width * patch)x\(width * patch)"
    return MISTError(
      .convertConfigurationMismatch, file: file,
      "a position embedding of \(rows) rows can be read in two ways: \(side) x \(side) patches and no position for the "
        + "class token, or a position for the class token and the \(patches) patches of an image that is not square, such as \(example)",
      advice: "give --image-size HEIGHTxWIDTH: \(side * patch)x\(side * patch) for the first")
  }

  private static func side(of patches: Int) -> Int? {
    guard (1...1 << 32).contains(patches) else { return nil }
    let side = Int(Double(patches).squareRoot().rounded())
    return side * side == patches ? side : nil
  }
}
