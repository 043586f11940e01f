/// One line of a convention's table: a canonical tensor and the foreign tensors it is made of. In a name `{s}` stands for
/// the number of a stage and `{i}` for that of a block, each counted from 0 and the same on both sides; `{s+1}` is the
/// stage's number where a project counts from 1, `{3-s}` where it counts four from the last.
package struct Row: Sendable, Hashable {
  package let canonical: String
  package let foreign: [String]
  package let transform: Transform
  package let presence: Presence
  /// Whether the foreign tensors lie beside the backbone: where the backbone's names begin with a prefix, theirs begin
  /// with a part of it.
  package private(set) var isBeside = false

  package init(
    _ canonical: String, _ foreign: String..., by transform: Transform = .identity,
    if presence: Presence = .always
  ) {
    self.init(canonical, foreign, by: transform, if: presence)
  }

  init(_ canonical: String, _ foreign: [String], by transform: Transform, if presence: Presence = .always) {
    self.canonical = canonical
    self.foreign = foreign
    self.transform = transform
    self.presence = presence
  }

  /// Two rows, for `.weight` and `.bias` of a module.
  package static func module(_ canonical: String, _ foreign: String..., if presence: Presence = .always)
    -> [Row]
  {
    module(canonical, foreign, if: presence)
  }

  static func module(_ canonical: String, _ foreign: [String], if presence: Presence = .always) -> [Row] {
    ["weight", "bias"].map { Row(canonical, foreign, suffix: $0, if: presence) }
  }

  init(_ canonical: String, _ foreign: [String], suffix: String, if presence: Presence = .always) {
    self.canonical = "\(canonical).\(suffix)"
    self.foreign = foreign.map { "\($0).\(suffix)" }
    transform = foreign.count > 1 ? .concatRows : .identity
    self.presence = presence
  }

  /// The rows of a decode head's batch norm under PyTorch's names.
  static func batchNorm(_ canonical: String, _ foreign: String) -> [Row] {
    [("weight", "weight"), ("bias", "bias"), ("mean", "running_mean"), ("variance", "running_var")].map {
      Row("\(canonical).\($0)", "\(foreign).\($1)", if: .batchNorm)
    }
  }

  /// The same row for tensors beside the backbone.
  var beside: Row {
    var row = self
    row.isBeside = true
    return row
  }

  var isPerBlock: Bool { canonical.contains("{i}") }
  var isPerStage: Bool { canonical.contains("{s}") }
}

/// One project's names for the tensors of a model, as data that works in both directions
/// (`Formats/naming-conventions.md`). Adding a convention is adding a table.
package struct Convention: Sendable {
  /// What `--convention` and provenance call it, such as `timm`.
  package let name: String
  /// For people: the project and the class of model.
  package let title: String
  package let rows: [Row]
  /// Anchored patterns (`*` stands for anything) of tensors that belong to the same model but not to its backbone.
  package let ignored: [String]
  /// Those of `ignored` that stand between the backbone and its classifier, which then is no linear layer on the backbone's tokens.
  package var beforeClassifier: [String] = []
  /// Where not empty, at least one of these foreign names must occur: it tells this convention from one whose other names
  /// are all the same.
  package let markers: [String]
  /// Epsilon of every norm where nothing else says it, unless `family` has one for each site.
  package let epsilon: Float
  /// What kind of model it names, and what its names leave open about it.
  package let family: any ConventionFamily
  /// What its project's own image loading does with EXIF orientation.
  package var orientation = Preprocessing.Orientation.ignore

  /// The table's row for a canonical pattern.
  package func row(_ canonical: String) -> Row? { rows.first { $0.canonical == canonical } }

  /// What stands between the modules of its names.
  var separator: Character {
    rows.contains { row in row.foreign.contains { $0.contains("/") } } ? "/" : "."
  }

  /// Whether its project keeps weights in `.npz` files, and not in safetensors.
  package var isNPZ: Bool { separator == "/" }
}

extension Convention {
  /// Every convention, in the order in which messages list them.
  package static let all = Architecture.all.flatMap(\.conventions)

  package static func named(_ name: String) -> Convention? { all.first { $0.name == name } }
}
