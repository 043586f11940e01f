/// A zip archive of stored members without checksums, which readers do not look at where they are 0. Lets a fuzzer change what lies
/// in an archive without having to find its checksum.
package func storedZip(_ members: [(name: String, bytes: UnsafeRawBufferPointer)]) -> [UInt8] {
  var (archive, directory): ([UInt8], [UInt8]) = ([], [])
  func number(_ value: Int, _ size: Int, into bytes: inout [UInt8]) {
    for index in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
  }
  /// Version, flags, method, time, date, checksum, both sizes, length of the name, no extra field.
  func fields(_ name: String, _ size: Int, into bytes: inout [UInt8]) {
    number(20, 2, into: &bytes)
    number(0, 12, into: &bytes)
    number(size, 4, into: &bytes)
    number(size, 4, into: &bytes)
    number(name.utf8.count, 2, into: &bytes)
    number(0, 2, into: &bytes)
  }
  for (name, bytes) in members {
    let start = archive.count
    number(0x0403_4b50, 4, into: &archive)
    fields(name, bytes.count, into: &archive)
    archive += Array(name.utf8) + Array(bytes)
    number(0x0201_4b50, 4, into: &directory)
    number(20, 2, into: &directory)
    fields(name, bytes.count, into: &directory)
    // Comment, disk, attributes.
    number(0, 10, into: &directory)
    number(start, 4, into: &directory)
    directory += Array(name.utf8)
  }
  let start = archive.count
  archive += directory
  number(0x0605_4b50, 4, into: &archive)
  number(0, 4, into: &archive)
  number(members.count, 2, into: &archive)
  number(members.count, 2, into: &archive)
  number(directory.count, 4, into: &archive)
  number(start, 4, into: &archive)
  number(0, 2, into: &archive)
  return archive
}
