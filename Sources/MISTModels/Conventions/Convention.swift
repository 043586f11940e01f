/// When a canonical tensor, and so a row, exists.
public enum Presence: String, Sendable, Hashable, CaseIterable {
  case always, classToken, registers, qkvBias, layerScale, preNorm, noPreNorm, gelu, swiglu

  public func holds(_ c: ViTConfiguration) -> Bool {
    switch self {
    case .always: true
    case .classToken: c.classToken
    case .registers: c.registerTokens > 0
    case .qkvBias: c.qkvBias
    case .layerScale: c.layerScale
    case .preNorm: c.preNorm
    case .noPreNorm: !c.preNorm
    case .gelu: c.mlp == .gelu
    case .swiglu: c.mlp == .swiglu
    }
  }
}

/// How foreign tensors become a canonical one. Every transform is a rearrangement without arithmetic, so the same row
/// also makes the foreign tensors from the canonical one.
public enum Transform: Sendable, Hashable {
  /// The same shape.
  case identity
  /// The foreign shape has this many leading dimensions of 1: `[1, T, C]` ↔ `[T, C]`.
  case squeeze(Int)
  /// The foreign tensors are equal parts of the canonical one along its first dimension.
  case concatRows
  /// The foreign matrix is `[in, out]`.
  case transpose
  /// The foreign model has no such tensor because it adds nothing: all zeros.
  case zeros

  /// Shape of each foreign tensor of a canonical one of `shape`, which is made of `parts` foreign ones.
  public func foreignShape(of shape: [Int], parts: Int) -> [Int] {
    switch self {
    case .identity, .zeros: return shape
    case .squeeze(let ones): return Array(repeating: 1, count: ones) + shape
    case .concatRows: return [shape[0] / max(1, parts)] + shape.dropFirst()
    case .transpose: return shape.reversed()
    }
  }
}

extension Transform: CustomStringConvertible {
  public var description: String {
    switch self {
    case .identity: "copy"
    case .squeeze: "squeeze"
    case .concatRows: "concat rows"
    case .transpose: "transpose"
    case .zeros: "zeros"
    }
  }
}

/// One line of a convention's table: a canonical tensor and the foreign tensors it is made of. `{i}` in a name stands
/// for the number of a block, counted from 0, the same on both sides.
public struct Row: Sendable, Hashable {
  public let canonical: String
  public let foreign: [String]
  public let transform: Transform
  public let presence: Presence

  public init(
    _ canonical: String, _ foreign: String..., by transform: Transform = .identity,
    if presence: Presence = .always
  ) {
    self.canonical = canonical
    self.foreign = foreign
    self.transform = transform
    self.presence = presence
  }

  /// Two rows, for `.weight` and `.bias` of a module.
  public static func module(_ canonical: String, _ foreign: String..., if presence: Presence = .always)
    -> [Row]
  {
    ["weight", "bias"].map { Row(canonical, foreign, suffix: $0, if: presence) }
  }

  init(_ canonical: String, _ foreign: [String], suffix: String, if presence: Presence = .always) {
    self.canonical = "\(canonical).\(suffix)"
    self.foreign = foreign.map { "\($0).\(suffix)" }
    transform = foreign.count > 1 ? .concatRows : .identity
    self.presence = presence
  }

  var isPerBlock: Bool { canonical.contains("{i}") }
}

/// One project's names for the tensors of a vision transformer, as data that works in both directions
/// (`Formats/naming-conventions.md`). Adding a convention is adding a table.
public struct Convention: Sendable {
  /// What `--convention` and provenance call it, such as `timm`.
  public let name: String
  /// For people: the project and the class of model.
  public let title: String
  public let rows: [Row]
  /// Anchored patterns (`*` stands for anything) of tensors that belong to the same model but not to its backbone.
  public let ignored: [String]
  /// Where not empty, at least one of these foreign names must occur: it tells this convention from one whose other names
  /// are all the same.
  public let markers: [String]
  /// Whether every model of this convention has a class token. Otherwise one without is believed.
  public let alwaysClassToken: Bool
  /// Epsilon of every norm where nothing else says it.
  public let epsilon: Float
  public let positionResize: @Sendable (ViTConfiguration) -> ViTConfiguration.PositionResize
  public let preprocessing: @Sendable (ViTConfiguration) -> Preprocessing

  /// The table's row for a canonical name or pattern.
  public func row(_ canonical: String) -> Row? { rows.first { $0.canonical == canonical } }
}

extension Convention {
  /// Every convention, in the order in which messages list them.
  public static let all: [Convention] = [
    timm, timmSwiGLU, timmAveragePool, hubDINOv2, huggingFaceViT, huggingFaceViTModules, huggingFaceDINOv2,
    huggingFaceDINOv2Modules,
  ]

  public static func named(_ name: String) -> Convention? { all.first { $0.name == name } }
}
