import MISTFormats

/// Everything a conversion will do, before it does it: what `mist convert --dry-run` prints.
package struct ConversionPlan: Sendable {
  /// One tensor to write.
  package struct Step: Sendable, Hashable {
    package let destination: TensorInfo
    package let transform: Transform
    /// In the order of the parts. Empty for zeros.
    package let sources: [TensorInfo]
  }

  package struct Ignored: Sendable, Hashable {
    package let tensor: TensorInfo
    /// The pattern that leaves it out.
    package let pattern: String
  }

  /// What a rule of `--rename` did.
  package struct Renaming: Sendable, Hashable, Encodable {
    package struct Name: Sendable, Hashable, Encodable {
      package let from, to: String
    }
    package let rule: String
    package let names: [Name]
  }

  package let source: String
  package let format: String
  /// In the order in which they were applied.
  package let renames: [Renaming]
  package let convention: String
  package let title: String
  package let prefix: String
  /// Why this convention.
  package let reason: String
  package let configuration: ModelConfiguration
  package let preprocessing: Preprocessing
  /// The decode head's class names, where the source has them.
  package let classNames: [String]?
  package let provenance: Provenance
  /// In canonical order.
  package let steps: [Step]
  package let ignored: [Ignored]
  /// What the source does not say and was decided, and from where the rest came.
  package let assumptions: [String]
  /// How the weights that an exporter left without names were recovered.
  package let notes: [String]
  /// Stored constants of a graph that are no parameters.
  package let unused: [String]

  /// Bytes of the tensors that will be written.
  package var byteCount: Int { steps.reduce(0) { $0 + $1.destination.byteCount } }
}

/// Makes the steps from a reading: two-way coverage and shapes.
struct StepBuilder {
  let reading: Reading
  let configuration: ModelConfiguration
  let dtype: DType?
  let file: String
  /// Element types of canonical tensors that the source does not store because they are zeros, where it says them.
  var absentTypes: [String: DType] = [:]

  /// Throws `convert.unmapped-tensor`, `convert.missing-tensor`, `convert.shape-mismatch`, `convert.wrong-dtype`.
  func run() throws -> [ConversionPlan.Step] { try run(configuration.tensors) }

  /// The same for some of the configuration's tensors.
  func run(_ tensors: [(name: String, shape: [Int])]) throws -> [ConversionPlan.Step] {
    if let (one, other) = reading.twins.first { throw twins(one.name, other.name) }
    var steps: [ConversionPlan.Step] = []
    var missing: [String] = []
    var used: Set<String> = []
    let table = NameTable(canonical: reading.convention)
    for (name, shape) in tensors {
      guard let (row, index) = table.row(for: name, in: configuration, of: reading.convention) else {
        throw MISTError(
          .convertUnsupportedModel, file: file, at: "tensor \(quoted(name))",
          "convention \(reading.convention.name) has no name for it")
      }
      let line = reading.convention.rows[row]
      var sources: [TensorInfo] = []
      for part in line.foreign.indices {
        if let tensor = reading.filled[.init(row: row, part: part, index: index)] {
          sources.append(tensor)
          used.insert(tensor.name)
        } else {
          let name = reading.foreignName(line, part: part, at: index)
          // The gap may be one of several that need the same tensor.
          if missing.last != name { missing.append(name) }
        }
      }
      if sources.count == line.foreign.count {
        let expected = line.transform.foreignShape(
          of: shape, parts: sources.count, heads: configuration.details.attentionHeads ?? 1)
        try check(sources, against: expected, name)
        let info = TensorInfo(name: name, dtype: try result(sources, for: name), shape: shape)
        steps.append(.init(destination: info, transform: line.transform, sources: sources))
      }
    }
    // A name that is wrong by a letter is both: the message about the stranger names the gap it should have filled.
    let strangers =
      reading.unmapped.map(\.name) + Set(reading.filled.values.map(\.name)).subtracting(used).sorted()
    if let stranger = strangers.first { throw unmapped(stranger, strangers.count, missing) }
    if let gap = missing.first { throw absent(gap, missing.count) }
    return steps
  }

  /// What to do about strangers that all lie elsewhere than the model.
  private var outside: String? {
    let prefix = reading.prefix.text
    guard !reading.isChosen, !prefix.isEmpty, !reading.unmapped.isEmpty,
      reading.unmapped.allSatisfy({ !$0.name.hasPrefix(prefix) })
    else { return nil }
    return "give --prefix \(quoted(prefix)) if the rest of the file is no part of the model"
  }

  private func twins(_ one: String, _ other: String) -> MISTError {
    MISTError(
      .convertDuplicateName, file: file, at: "tensor \(quoted(other))",
      "without what training puts into names it is the same tensor as \(quoted(one))",
      advice: "keep one of the two, or give one another name with --rename")
  }

  private func unmapped(_ name: String, _ count: Int, _ missing: [String]) -> MISTError {
    let nearest = Nearest.list(to: name, among: missing, limit: 1)
    let explanation =
      nearest.isEmpty
      ? (missing.isEmpty ? "" : "; \(quoted(missing[0])) is missing")
        + Nearest.names(to: name, among: Set(reading.filled.values.map(\.name)).subtracting([name]))
      : "; nearest is \(quoted(nearest[0])), which is missing"
    return MISTError(
      .convertUnmappedTensor, file: file, at: "tensor \(quoted(name))",
      "convention \(reading.convention.name) has no place for it"
        + (count > 1 ? " nor for \(count - 1) others" : "")
        + explanation,
      advice: nearest.isEmpty ? outside ?? advice(name) : "rename it")
  }

  /// What to do about a stranger that is like nothing that is missing.
  private func advice(_ name: String) -> String {
    reading.isInside(name)
      ? "it lies inside the backbone, so the model computes something that this suite does not, and leaving it out would make "
        + "it another function"
      : "leave it out with --ignore if the backbone does not need it"
  }

  private func absent(_ name: String, _ count: Int) -> MISTError {
    let present = Set(reading.filled.values.map(\.name)).union(reading.ignored.map(\.tensor.name))
    return MISTError(
      .convertMissingTensor, file: file, at: "tensor \(quoted(name))",
      "convention \(reading.convention.name) needs it and it is missing"
        + (count > 1 ? ", as are \(count - 1) others" : "")
        + Nearest.names(to: name, among: present),
      advice: "the checkpoint is incomplete, or belongs to another convention (--convention)")
  }

  private func check(_ sources: [TensorInfo], against shape: [Int], _ destination: String) throws {
    for tensor in sources {
      // A leading 1 more or less around a token carries nothing, and projects differ in it between versions.
      guard tensor.shape.drop(while: { $0 == 1 }) == shape.drop(while: { $0 == 1 }) else {
        throw MISTError(
          .convertShapeMismatch, file: file, at: "tensor \(quoted(tensor.name))",
          "expected shape \(shape) for \(destination), found \(tensor.shape)")
      }
      guard tensor.dtype.isFloat else {
        throw MISTError(
          .convertWrongDType, file: file, at: "tensor \(quoted(tensor.name))",
          "expected floating point, found \(tensor.dtype.rawValue)",
          advice: "quantised weights must be dequantised first")
      }
    }
  }

  /// The asked type, else the sources' own where canonical checkpoints have it and all parts agree, else F32.
  private func result(_ sources: [TensorInfo], for name: String) throws -> DType {
    if let dtype { return dtype }
    if sources.isEmpty { return absentTypes[name] ?? .f32 }
    let types = Set(sources.map(\.dtype))
    guard types.count == 1, let type = types.first, [.f16, .bf16].contains(type) else { return .f32 }
    return type
  }
}
