/// Where a bundle's sections lie, as `Formats/edge-bundle.md` fixes it: the same sections give the same bytes.
package struct BundleLayout {
  /// The place of each section, in order.
  package private(set) var places: [Range<Int>] = []
  /// Bytes of the whole bundle.
  package private(set) var size: Int

  /// Of sections of these sizes.
  package init(_ sizes: [Int]) {
    let alignment = BundleContainer.alignment
    size = BundleContainer.headerSize + BundleContainer.rowSize * sizes.count
    for bytes in sizes {
      let start = (size + alignment - 1) / alignment * alignment
      places.append(start..<start + bytes)
      size = start + bytes
    }
  }

  /// Completes `bundle`, `size` bytes whose sections are in their places: header and table, and zeros between.
  package func finish(
    _ bundle: UnsafeMutableRawBufferPointer, version: UInt32, minimumReader: UInt32,
    _ sections: [(id: SectionID, isCritical: Bool)]
  ) {
    let crc = CRC32()
    let whole = UnsafeRawBufferPointer(bundle)
    let tableEnd = BundleContainer.headerSize + BundleContainer.rowSize * sections.count
    bundle.zero(0..<tableEnd)
    var end = tableEnd
    for index in 0..<sections.count {
      let (place, row) = (places[index], BundleContainer.headerSize + BundleContainer.rowSize * index)
      bundle.zero(end..<place.lowerBound)
      end = place.upperBound
      bundle.put(sections[index].id.rawValue, at: row)
      bundle.put(UInt32(sections[index].isCritical ? 1 : 0), at: row + 4)
      bundle.put(UInt64(place.lowerBound), at: row + 8)
      bundle.put(UInt64(place.count), at: row + 16)
      bundle.put(crc.checksum(whole.part(place)), at: row + 24)
    }
    bundle.put(BundleContainer.magic, at: 0)
    bundle.put(version, at: 8)
    bundle.put(minimumReader, at: 12)
    bundle.put(UInt64(size), at: 16)
    bundle.put(UInt32(sections.count), at: 24)
    // The checksum's own four bytes, at 28, are left out.
    bundle.put(crc.checksum(whole.part(32..<tableEnd), from: crc.checksum(whole.part(0..<28))), at: 28)
  }
}

/// Little-endian writes to bytes whose length the caller has checked.
extension UnsafeMutableRawBufferPointer {
  func put(_ value: UInt32, at offset: Int) {
    storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
  }

  func put(_ value: UInt64, at offset: Int) {
    storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt64.self)
  }

  func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
    for i in 0..<bytes.count { self[offset + i] = bytes[i] }
  }

  func zero(_ range: Range<Int>) { for i in range { self[i] = 0 } }

  func part(_ range: Range<Int>) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: self[range])
  }
}
