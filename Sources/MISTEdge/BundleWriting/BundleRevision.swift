/// A bundle whose head was trained further, perhaps with more classes: the sections of the one it is made of, but for what depends on
/// weights and classes. Sections that this version does not know are left out, for nobody knows whether they would still hold.
///
/// Nothing of the old bundle is copied before `write`; its bytes must outlive the value.
package struct BundleRevision {
  /// What every tuned bundle says at the end of its provenance.
  private static let origin: StaticString = "; tuned on a device"

  /// The network with all classes.
  package let network: NetworkShape
  package let type: StoredType
  /// Bytes of the new bundle.
  package var size: Int { layout.size }

  private let bundle: EdgeBundle
  private let table: ParameterTable
  private let head: [UInt8]
  private let added: [UnsafeRawBufferPointer]
  private let sections: [BundleSection]
  private let layout: BundleLayout

  /// Of `bundle`, with classes called `added` behind its own and weights as `type` or as they were. Throws `bundle.empty-label`,
  /// `bundle.label-not-utf8`, `bundle.label-control-character`, and what a head with so many classes is refused for.
  package init(
    of bundle: EdgeBundle, adding added: [UnsafeRawBufferPointer] = [], as type: StoredType? = nil
  ) throws(EdgeError) {
    for label in added { try BundleLabels.check(label) }
    var head = Array(bundle.bytes(of: .head))
    network = try Self.network(&head, classes: bundle.network.classes + added.count, bundle)
    let stored = type ?? bundle.weights.type
    let table = added.isEmpty ? bundle.weights.table : ParameterTable(network)
    let sections = bundle.sections.filter { $0.id.isKnown }
    var sizes: [Int] = []
    for section in sections {
      switch section.id {
      case .labels:
        var size = section.range.count
        for label in added { size += 4 + label.count }
        sizes.append(size)
      case .weights: sizes.append(BundleWeights.size(stored, table))
      case .golden:
        let positions = bundle.golden.map { BundleGolden.positions($0.shape) } ?? 0
        sizes.append(section.range.count + 4 * positions * added.count)
      case .provenance:
        sizes.append(section.range.count + (Self.isTuned(bundle) ? 0 : Self.origin.utf8CodeUnitCount))
      default: sizes.append(section.range.count)
      }
    }
    layout = BundleLayout(sizes)
    self.bundle = bundle
    self.type = stored
    self.table = table
    self.head = head
    self.added = added
    self.sections = sections
  }

  private static func network(
    _ head: inout [UInt8], classes: Int, _ bundle: EdgeBundle
  ) throws(EdgeError) -> NetworkShape {
    guard classes <= HeadSection.maximumClasses else {
      throw EdgeError(
        .badHeadDimension, in: .head, expected: HeadSection.maximumClasses, found: classes)
    }
    let minimumReader = bundle.minimumReader
    var result = Result<NetworkShape, EdgeError>.success(bundle.network)
    head.withUnsafeMutableBytes { head in
      head.put(UInt32(classes), at: HeadSection.classesOffset)
      do throws(EdgeError) {
        result = .success(
          try HeadSection.network(UnsafeRawBufferPointer(head), minimumReader: minimumReader))
      } catch { result = .failure(error) }
    }
    return try result.get()
  }

  private static func isTuned(_ bundle: EdgeBundle) -> Bool {
    let (text, end) = (bundle.provenance, origin.utf8CodeUnitCount)
    return text.count >= end && text.part(text.count - end..<text.count).equals(origin)
  }

  /// Writes the bundle of `parameters`, in the order of the network's table, to its `size` bytes. The golden logits are computed by `K`.
  /// Throws `bundle.weight-not-finite` for a parameter that is no finite number, or would be none as its type stores it.
  package func write<K: EdgeKernels>(
    _ parameters: UnsafePointer<Float>, _: K.Type, to out: UnsafeMutableRawBufferPointer
  ) throws(EdgeError) {
    var written = UnsafeRawBufferPointer(out)
    for (section, place) in zip(sections, layout.places) {
      let (old, new) = (bundle.bytes(of: section.id), out.part(place))
      switch section.id {
      case .head: for i in 0..<head.count { new[i] = head[i] }
      case .labels: BundleLabels.write(old, adding: added, to: new)
      case .weights:
        try BundleWeights.write(parameters, table, as: type, to: new)
        written = UnsafeRawBufferPointer(new)
      case .golden: break
      case .provenance:
        new.put(old, at: 0)
        for i in old.count..<new.count { new[i] = Self.origin.utf8Start[i - old.count] }
      default: new.put(old, at: 0)
      }
    }
    for (section, place) in zip(sections, layout.places) where section.id == .golden {
      try write(bundle.golden, BundleWeights(written, network: network), K.self, to: out.part(place))
    }
    layout.finish(
      out, version: bundle.version, minimumReader: bundle.minimumReader,
      sections.map { ($0.id, $0.isCritical) })
    _ = try EdgeBundle(UnsafeRawBufferPointer(out))
  }

  /// The golden pair of the same input with the logits of `weights`.
  private func write<K: EdgeKernels>(
    _ golden: BundleGolden?, _ weights: BundleWeights, _: K.Type, to new: UnsafeMutableRawBufferPointer
  ) throws(EdgeError) {
    guard let golden, let pass = Pass<K>(golden, table, classes: network.classes) else { return }
    weights.withParameters { pass.network.prepare($0) }
    golden.expandInput(into: pass.scratch.inputs)
    pass.network.forward(scratch: pass.scratch, into: pass.logits.pointer)
    golden.write(pass.logits.pointer, of: pass.network.shape, bundle.bytes(of: .golden), to: new)
  }

  /// What the golden input passes through.
  private struct Pass<K: EdgeKernels> {
    let network: EdgeNetwork<K>
    let scratch: NetworkScratch
    let logits: FloatBuffer

    init?(_ golden: BundleGolden?, _ table: ParameterTable, classes: Int) {
      guard var shape = golden?.shape else { return nil }
      shape.classes = classes
      network = EdgeNetwork(shape, table)
      scratch = NetworkScratch(shape)
      logits = FloatBuffer(shape.logitCount)
    }
  }

  /// Asks for the memory that `write` takes, and for no use of it: for who counts memory before there is any.
  package func reserve<K: EdgeKernels>(_: K.Type) {
    let copy = type == .f32 ? nil : FloatBuffer(table.count)
    let pass = Pass<K>(bundle.golden, table, classes: network.classes)
    // What is written is read as this one was.
    withExtendedLifetime((copy, pass, try? EdgeBundle(bundle.bytes))) {}
  }
}

extension BundleGolden {
  /// Writes this pair with other logits `[outputCount, K]` of a network of `shape`; `old` is its section.
  fileprivate func write(
    _ logits: UnsafePointer<Float>, of shape: NetworkShape, _ old: UnsafeRawBufferPointer,
    to new: UnsafeMutableRawBufferPointer
  ) {
    let start = Self.headerSize + (shape.readout.isPooled ? 0 : 8 * shape.streams.count)
    let positions = Self.positions(shape)
    new.put(old.part(0..<start), at: 0)
    new.put(UInt32(shape.classes), at: shape.readout.isPooled ? 12 : 16)
    for index in 0..<positions {
      let row = logits + Self.position(index, shape) * shape.classes
      for i in 0..<shape.classes {
        new.put(row[i].bitPattern, at: start + 4 * (index * shape.classes + i))
      }
    }
    new.put(
      old.part(start + 4 * positions * self.shape.classes..<old.count),
      at: start + 4 * positions * shape.classes)
  }
}

extension BundleLabels {
  /// Writes the section `old` with more labels behind its own.
  fileprivate static func write(
    _ old: UnsafeRawBufferPointer, adding added: [UnsafeRawBufferPointer],
    to new: UnsafeMutableRawBufferPointer
  ) {
    let count = Int(old.u32(at: 0))
    let text = 8 + 4 * count
    new.put(old.part(0..<text), at: 0)
    new.put(UInt32(count + added.count), at: 0)
    new.put(old.part(text..<old.count), at: text + 4 * added.count)
    var end = old.count - text
    for (place, label) in added.enumerated() {
      new.put(label, at: text + 4 * added.count + end)
      end += label.count
      new.put(UInt32(end), at: text + 4 * place)
    }
  }
}
