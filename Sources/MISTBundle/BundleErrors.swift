import MISTEdge
import MISTFormats

extension ErrorCode {
  /// The head's parts do not fit each other.
  package static let exportInconsistent = ErrorCode("export.inconsistent")
  /// A parameter cannot be stored in the element type asked for.
  package static let exportUnrepresentable = ErrorCode("export.unrepresentable")
}

extension EdgeError {
  /// The same error as the host's modules throw it.
  package func mistError(file: String? = nil) -> MISTError {
    let row = row.map { ", token or position \($0)" } ?? ""
    let place = section.map { "section " + $0.name } ?? sample.map { "sample \($0)\(row)" }
    var problem = "\(code.sentence)"
    guard sample == nil else {
      return MISTError(ErrorCode("\(code.name)"), file: file, at: place, problem)
    }
    if let expected { problem += "; expected \(expected)" }
    if let found { problem += (expected == nil ? "; found " : ", found ") + "\(found)" }
    return MISTError(ErrorCode("\(code.name)"), file: file, at: place, problem)
  }
}

extension SectionID {
  /// The four characters.
  package var name: String {
    String(
      String.UnicodeScalarView(
        (UInt32(0)..<4).map { Unicode.Scalar(UInt8(truncatingIfNeeded: rawValue >> (8 * $0))) }))
  }
}
