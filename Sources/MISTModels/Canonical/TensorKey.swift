/// A canonical tensor of an architecture. In a name `{s}` stands for the number of a stage and `{i}` for that of a block within
/// it, both from 0.
package struct TensorKey<Configuration>: Sendable {
  let name: String
  let presence: Presence
  /// When foreign models have no such tensor because it is all zeros, and when they have it.
  let zeros: (if: Presence, else: Presence)?
  /// Nil where a model has none although `presence` holds.
  let shape: @Sendable (Configuration, NameIndex) -> [Int]?

  init(
    _ name: String, if presence: Presence = .always, zeros: (if: Presence, else: Presence)? = nil,
    _ shape: @escaping @Sendable (Configuration, NameIndex) -> [Int]?
  ) {
    self.name = name
    self.presence = presence
    self.zeros = zeros
    self.shape = shape
  }

  /// Keys of `.weight` and `.bias` of a LayerNorm.
  static func norm(
    _ name: String, if presence: Presence = .always,
    _ width: @escaping @Sendable (Configuration, NameIndex) -> Int
  ) -> [TensorKey] {
    ["weight", "bias"].map { TensorKey("\(name).\($0)", if: presence) { [width($0, $1)] } }
  }

  /// Keys of a linear layer's `.weight` `[out, in]` and `.bias` `[out]`.
  static func linear(
    _ name: String, if presence: Presence = .always,
    _ sizes: @escaping @Sendable (Configuration, NameIndex) -> (out: Int, in: Int)?
  ) -> [TensorKey] {
    [
      TensorKey(name + ".weight", if: presence) { c, index in sizes(c, index).map { [$0.out, $0.in] } },
      TensorKey(name + ".bias", if: presence) { c, index in sizes(c, index).map { [$0.out] } },
    ]
  }

  var isPerBlock: Bool { name.contains("{i}") }
  var isPerStage: Bool { name.contains("{s}") }
  /// Keys of one module are counted through together.
  var module: Substring { name.prefix { $0 != "." } }
}

extension ArchitectureConfiguration {
  /// Every tensor that a checkpoint of this configuration holds, in canonical order, with its shape.
  package var tensors: [(name: String, shape: [Int])] { expand(Self.keys[...], NameIndex()) }

  /// The keys as a table of names that are the canonical ones themselves.
  static var rows: [Row] {
    keys.flatMap { key in
      guard let zeros = key.zeros else { return [Row(key.name, key.name, if: key.presence)] }
      return [Row(key.name, key.name, if: zeros.else), Row(key.name, by: .zeros, if: zeros.if)]
    }
  }

  /// Stages, and within them blocks, are counted through runs of keys that are theirs.
  private func expand(_ keys: ArraySlice<TensorKey<Self>>, _ index: NameIndex) -> [(
    name: String, shape: [Int]
  )] {
    var list: [(name: String, shape: [Int])] = []
    var rest = keys
    while let key = rest.first {
      if key.isPerStage, index.stage == nil {
        let run = rest.prefix { $0.isPerStage && $0.module == key.module }
        for stage in 0..<stageCount { list += expand(run, NameIndex(stage: stage)) }
        rest = rest[run.endIndex...]
      } else if key.isPerBlock, index.block == nil {
        let run = rest.prefix(while: \.isPerBlock)
        for block in 0..<blocks(of: index.stage) {
          list += expand(run, NameIndex(stage: index.stage, block: block))
        }
        rest = rest[run.endIndex...]
      } else {
        if holds(key.presence, at: index), let shape = key.shape(self, index) {
          list.append((NamePattern.name(key.name, at: index), shape))
        }
        rest = rest.dropFirst()
      }
    }
    return list
  }
}

extension TensorKey where Configuration: ArchitectureConfiguration {
  /// A classifier of images on tokens of `width` channels.
  static func classifier(_ width: @escaping @Sendable (Configuration) -> Int) -> [TensorKey] {
    linear("classifier", if: .classifier) { c, _ in
      c.classifier.map { ($0.classes, $0.input.columns(width: width(c))) }
    }
  }
}
