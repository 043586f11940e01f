/// Writing of preprocessing as transformers' `preprocessor_config.json` and timm's `pretrained_cfg` say it.
enum PreprocessorFile {
  /// `processor`: the class that resizes to an exact size.
  static func huggingFace(_ p: Preprocessing, processor: String) -> String {
    let size: JSONText
    var type = processor
    switch p.resize {
    case .exact(let height, let width): size = .object([("height", .int(height)), ("width", .int(width))])
    case .shortestEdge(let edge):
      size = .object([("shortest_edge", .int(edge))])
      type = "BitImageProcessor"
    }
    var members: [(String, JSONText)] = [
      ("do_normalize", .flag(true)), ("do_rescale", .flag(true)), ("do_resize", .flag(true)),
      ("image_mean", .reals(p.mean)), ("image_std", .reals(p.std)),
      ("resample", .int(p.interpolation == .bilinear ? 2 : 3)), ("rescale_factor", .double(1.0 / 255)),
      ("size", size),
    ]
    if let crop = p.crop {
      type = "BitImageProcessor"
      members += [
        ("crop_size", .object([("height", .int(crop[0])), ("width", .int(crop[1]))])),
        ("do_center_crop", .flag(true)),
      ]
    } else if type == "BitImageProcessor" {
      members.append(("do_center_crop", .flag(false)))
    }
    members.append(("image_processor_type", .text(type)))
    return JSONText.object(members.sorted { $0.0 < $1.0 }).file
  }

  /// Members of `pretrained_cfg`, and whether they say exactly this preprocessing.
  static func timm(_ p: Preprocessing, imageSize: [Int]) -> (members: [(String, JSONText)], isExact: Bool) {
    let input = p.outputSize ?? imageSize
    var (mode, scale, isExact) = ("center", 1.0, true)
    switch p.resize {
    case .shortestEdge(let edge):
      isExact = p.crop != nil && input[0] == input[1] && edge >= input[0]
      scale = fraction(input[0], of: edge) ?? 1
    case .exact(let height, let width):
      mode = "squash"
      let crop = p.crop ?? [height, width]
      let sides = zip(crop, [height, width]).map { fraction($0, of: $1) }
      scale = (sides.first ?? nil) ?? 1
      isExact = zip(crop, [height, width]).allSatisfy { Int((Double($0) / scale).rounded(.down)) == $1 }
    }
    isExact = isExact && (0.1...1).contains(scale)
    return (
      [
        ("input_size", .ints([3] + input)), ("interpolation", .text(p.interpolation.rawValue)),
        ("mean", .reals(p.mean)), ("std", .reals(p.std)), ("crop_pct", .double(scale)),
        ("crop_mode", .text(mode)),
      ], isExact
    )
  }

  /// The roundest fraction f with ⌊part / f⌋ = whole, as timm computes the size to resize to.
  private static func fraction(_ part: Int, of whole: Int) -> Double? {
    guard part > 0, whole >= part else { return nil }
    let exact = Double(part) / Double(whole)
    let rounded = [10.0, 100, 1000, 10_000].map { (exact * $0).rounded() / $0 }
    return (rounded + [exact, exact.nextDown]).first {
      $0 > 0 && Int((Double(part) / $0).rounded(.down)) == whole
    }
  }
}
