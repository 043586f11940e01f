import MISTEdge

/// Header, section table and sections in the layout that `Formats/edge-bundle.md` fixes: the same sections give the same bytes.
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

  func encoded() -> [UInt8] {
    let crc = CRC32()
    var table: [UInt8] = []
    var body: [UInt8] = []
    let start = 64 + 32 * sections.count
    for section in sections {
      body.append(zeros: (64 - (start + body.count) % 64) % 64)
      table.append(integer: section.id.rawValue)
      table.append(integer: UInt32(section.isCritical ? 1 : 0))
      table.append(integer: UInt64(start + body.count))
      table.append(integer: UInt64(section.bytes.count))
      table.append(integer: section.bytes.withUnsafeBytes { crc.checksum($0) })
      table.append(integer: UInt32(0))
      body += section.bytes
    }
    var header = Array("MISTEDGE".utf8)
    header.append(integer: version)
    header.append(integer: minimumReader)
    header.append(integer: UInt64(start + body.count))
    header.append(integer: UInt32(sections.count))
    let rest = [UInt8](repeating: 0, count: 32)
    let first = header.withUnsafeBytes { crc.checksum($0) }
    header.append(integer: (rest + table).withUnsafeBytes { crc.checksum($0, from: first) })
    return header + rest + table + body
  }
}
