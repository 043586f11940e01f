import ArgumentParser
import Foundation
import MISTTuning

/// Lists on the command line: values between commas, such as `4,8,12`.
enum ListArgument {
  /// The values of `text`, which option `name` was given. Throws for a part that `parse` makes nothing of.
  static func values<Value>(_ text: String, _ name: String, _ parse: (String) -> Value?) throws -> [Value] {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard TrainingLimits.candidates.contains(parts.count) else {
      throw ValidationError("--\(name) takes at most \(TrainingLimits.candidates.upperBound) values.")
    }
    return try parts.map {
      guard let value = parse($0.trimmingCharacters(in: .whitespaces)) else {
        throw ValidationError("--\(name): '\($0)' is not a value for it.")
      }
      return value
    }
  }
}
