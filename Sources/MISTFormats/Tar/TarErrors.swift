/// One code per rule of `Formats/tar.md`.
extension ErrorCode {
  package static let tarNotAnArchive = ErrorCode("tar.not-an-archive")
  package static let tarNoEnd = ErrorCode("tar.no-end")
  package static let tarAfterEnd = ErrorCode("tar.after-end")
  package static let tarTruncated = ErrorCode("tar.truncated")
  package static let tarChecksum = ErrorCode("tar.checksum")
  package static let tarUnsupportedFormat = ErrorCode("tar.unsupported-format")
  package static let tarUnsupportedMember = ErrorCode("tar.unsupported-member")
  package static let tarInvalidNumber = ErrorCode("tar.invalid-number")
  package static let tarInvalidRecords = ErrorCode("tar.invalid-records")
  package static let tarRecordsTooLarge = ErrorCode("tar.records-too-large")
  package static let tarInvalidName = ErrorCode("tar.invalid-name")
  package static let tarDuplicateName = ErrorCode("tar.duplicate-name")
  package static let tarTooManyMembers = ErrorCode("tar.too-many-members")
}
