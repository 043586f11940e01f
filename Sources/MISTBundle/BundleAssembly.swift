import MISTEdge

/// The sections of a bundle that is being made, in the layout's order.
struct BundleAssembly {
  struct Section {
    let id: SectionID
    let isCritical: Bool
    let bytes: [UInt8]
  }

  let version: UInt32
  /// The lowest version whose readers know what the sections hold.
  let minimumReader: UInt32
  private(set) var sections: [Section] = []

  init(version: UInt32, minimumReader: UInt32) {
    self.version = version
    self.minimumReader = minimumReader
  }

  mutating func add(_ id: SectionID, critical: Bool = true, _ bytes: [UInt8]) {
    sections.append(Section(id: id, isCritical: critical, bytes: bytes))
  }

  /// The whole bundle.
  func encoded() -> [UInt8] {
    let layout = BundleLayout(sections.map(\.bytes.count))
    var bundle = [UInt8](repeating: 0, count: layout.size)
    bundle.withUnsafeMutableBytes { bundle in
      for (section, place) in zip(sections, layout.places) {
        UnsafeMutableRawBufferPointer(rebasing: bundle[place]).copyBytes(from: section.bytes)
      }
      layout.finish(
        bundle, version: version, minimumReader: minimumReader, sections.map { ($0.id, $0.isCritical) })
    }
    return bundle
  }
}
