/// The members of a tar archive and where their bytes lie (`Formats/tar.md`). Headers are read once; nothing is unpacked, and
/// names are never used as paths.
package struct TarArchive: Sendable {
  /// A regular file of the archive.
  package struct Member: Hashable, Sendable {
    package let name: String
    /// Its bytes in the archive.
    package let range: Range<Int>
  }

  /// In the archive's order.
  package let members: [Member]
  /// Bytes of the archive.
  package let count: Int

  /// Reads every header of the file at `path`. Throws `file.not-found`, `file.unreadable` and the `tar.` codes.
  package init(path: String) throws {
    do {
      try self.init(FileBytes(path: path))
    } catch let error as MISTError {
      throw error.inFile(path)
    }
  }

  /// Reads every header of `bytes`, of at most `largest` members. Throws the `tar.` codes.
  package init(_ bytes: some ByteRanges, largest: Int = TarLimits.members) throws {
    var reader = TarReader(bytes)
    var members: [Member] = []
    var names: Set<String> = []
    while let member = try reader.next() {
      guard names.insert(member.name).inserted else {
        throw MISTError(
          .tarDuplicateName, at: "member \(quoted(member.name))", "the archive has two members of this name")
      }
      guard members.count < largest else {
        throw MISTError(
          .tarTooManyMembers, at: "member \(quoted(member.name))",
          "the archive has more than \(largest) members", advice: "pack them into several")
      }
      members.append(member)
    }
    self.members = members
    count = bytes.count
  }
}
