/// What a tar archive may ask of its reader (`Formats/tar.md`).
package enum TarLimits {
  /// Members that one archive may have.
  package static let members = 1 << 20
  /// Bytes of a member's name.
  package static let name = 4096
  /// Bytes of the records before a header that say more of its member.
  package static let records = 1 << 20
  /// Zero bytes after the archive's end.
  package static let padding = 1 << 20
}
