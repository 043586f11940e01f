import MISTFormats

/// Reading of preprocessing from transformers' `preprocessor_config.json` and timm's `pretrained_cfg`.
enum PreprocessingFiles {
  /// Pillow's numbers of filters.
  private static let filters: [Int: Preprocessing.Interpolation] = [2: .bilinear, 3: .bicubic]

  /// Throws `convert.unsupported-preprocessing` for an order of channels that no option can say: the model takes other colours.
  static func refuseFlippedChannels(_ json: ForeignJSON) throws {
    guard !json.isOff("do_flip_channel_order") else { return }
    throw MISTError(
      .convertUnsupportedPreprocessing, file: json.file, at: "do_flip_channel_order",
      "it says \(json.text("do_flip_channel_order")): the model takes blue, green, red, and only red, green, blue is supported"
    )
  }

  /// `defaults` stand for what the file leaves out, as the model's own processor has them.
  /// Throws `convert.unsupported-preprocessing` for steps that `Preprocessing` does not have.
  static func huggingFace(_ json: ForeignJSON, defaults: Preprocessing? = nil) throws -> Preprocessing {
    func unsupported(_ key: String, _ problem: String) -> MISTError {
      MISTError(
        .convertUnsupportedPreprocessing, file: json.file, at: key, problem,
        advice: "say what the model expects with --resize, --crop, --interpolation, --mean and --std")
    }
    try KnownKeys.imageProcessor.check(
      json, subject: "an image", code: .convertUnsupportedPreprocessing)
    guard json.bool("do_resize") != false else { throw unsupported("do_resize", "images are not resized") }
    guard json.bool("do_rescale") != false else {
      throw unsupported("do_rescale", "pixels are not scaled to 0…1")
    }
    if let factor = json.double("rescale_factor"), abs(factor * 255 - 1) > 1e-6 {
      throw unsupported("rescale_factor", "pixels are scaled by \(factor) instead of 1/255")
    }
    let type = json.string("image_processor_type") ?? json.string("feature_extractor_type") ?? ""
    let processor = ImageProcessor.named(type)
    /// What the processor has where the file does not say it.
    func own<T>(_ key: String, _ value: KeyPath<ImageProcessor, T>) throws -> T {
      guard let processor else {
        throw unsupported(key, "what \(quoted(type)) means is not said, and not known here")
      }
      return processor[keyPath: value]
    }
    let resize: Preprocessing.Resize
    if let size = json.object("size"),
      size.has("longest_edge") || size.has("max_height") || size.has("max_width")
    {
      throw unsupported("size", "it says \(json.text("size")), and a longest edge is not supported")
    } else if let edge = json.object("size")?.int("shortest_edge") {
      resize = .shortestEdge(edge)
    } else if let edge = json.int("size") {
      let isShorter = try json.bool("default_to_square").map { !$0 } ?? own("size", \.takesShorterEdge)
      resize = isShorter ? .shortestEdge(edge) : .exact(height: edge, width: edge)
    } else if let size = json.size("size") {
      resize = .exact(height: size[0], width: size[1])
    } else if let defaults, !json.has("size") {
      resize = defaults.resize
    } else {
      throw unsupported("size", "it is neither {height, width}, {shortest_edge}, nor a number")
    }
    let resample = try json.int("resample") ?? own("resample", \.resample)
    guard let interpolation = filters[resample] else {
      throw unsupported("resample", "filter \(resample) is neither bilinear (2) nor bicubic (3)")
    }
    var crop: [Int]?
    // A file that names no size to crop to is of a processor that does not crop.
    let crops = json.bool("do_center_crop") ?? (json.has("crop_size") && processor?.crops == true)
    if crops {
      guard let size = json.size("crop_size") else {
        throw unsupported("crop_size", "it is neither {height, width} nor a number")
      }
      crop = size
    }
    let normalize = json.bool("do_normalize") != false
    let mean =
      try normalize ? json.floats("image_mean") ?? defaults?.mean ?? own("image_mean", \.mean) : [0, 0, 0]
    let std =
      try normalize ? json.floats("image_std") ?? defaults?.std ?? own("image_std", \.std) : [1, 1, 1]
    let result = Preprocessing(
      resize: resize, crop: crop, interpolation: interpolation, mean: mean, std: std,
      // transformers' image loading turns photographs, whatever the file says.
      orientation: .apply)
    if let flaw = result.flaw { throw unsupported("values", flaw) }
    return result
  }

  /// timm's evaluation transform (`timm.data.create_transform`). Throws as `huggingFace` does.
  static func timm(_ json: ForeignJSON) throws -> Preprocessing {
    func unsupported(_ key: String, _ problem: String) -> MISTError {
      MISTError(
        .convertUnsupportedPreprocessing, file: json.file, at: "pretrained_cfg.\(key)", problem,
        advice: "say what the model expects with --resize, --crop, --interpolation, --mean and --std")
    }
    try KnownKeys.timmPretrained.check(
      json, in: "pretrained_cfg.", subject: "an image", code: .convertUnsupportedPreprocessing)
    guard let input = json.doubles("input_size"), input.count == 3, let height = Int(exactly: input[1]),
      let width = Int(exactly: input[2]), [height, width].allSatisfy({ (1...16_384).contains($0) })
    else { throw unsupported("input_size", "it is not [3, height, width] with sizes in 1…16384") }
    let fraction = json.double("crop_pct") ?? 0.875
    guard (0.1...1).contains(fraction) else { throw unsupported("crop_pct", "\(fraction) is not in 0.1…1") }
    let scaled = [height, width].map { Int((Double($0) / fraction).rounded(.down)) }
    let resize: Preprocessing.Resize
    switch json.string("crop_mode") ?? "center" {
    case "center" where height == width: resize = .shortestEdge(scaled[0])
    case "squash": resize = .exact(height: scaled[0], width: scaled[1])
    case let mode:
      throw unsupported("crop_mode", "mode \(quoted(mode)) for \(height) × \(width) pixels is not supported")
    }
    let name = json.string("interpolation") ?? "bicubic"
    guard let interpolation = Preprocessing.Interpolation(rawValue: name) else {
      throw unsupported("interpolation", "\(quoted(name)) is neither bilinear nor bicubic")
    }
    let result = Preprocessing(
      resize: resize, crop: [height, width], interpolation: interpolation,
      mean: json.floats("mean") ?? Preprocessing.imageNetMean,
      std: json.floats("std") ?? Preprocessing.imageNetStd)
    if let flaw = result.flaw { throw unsupported("values", flaw) }
    return result
  }
}
