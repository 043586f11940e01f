/// What a zip archive may ask of its reader (`Formats/zip.md`).
enum ZipLimits {
  /// Members that one archive may have.
  static let members = 65_536
  /// The largest member that is inflated, in bytes. Stored members are views of the file and need no limit.
  static let inflatedSize = 1 << 32
  /// How many times larger than its compressed bytes a member may become, and all members together.
  static let ratio = 200
  /// Inflated bytes that `ratio` does not look at: small members of one value compress without end.
  static let ratioAllowance = 1 << 26
}
