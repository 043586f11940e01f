import Foundation

extension Array where Element: LosslessStringConvertible {
  /// A list on the command line, such as `4,8,12`; nil when any of its parts is not a value.
  init?(list text: String) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    let values = parts.compactMap { Element($0.trimmingCharacters(in: .whitespaces)) }
    guard values.count == parts.count else { return nil }
    self = values
  }
}
