import Foundation
import MISTModels

/// Models and preprocessing in a line.
enum ModelText {
  /// The model's lines of a report.
  static func print(_ c: ModelConfiguration) {
    func line(_ title: String, _ text: String) {
      Console.line(title.padding(toLength: 15, withPad: " ", startingAt: 0) + text)
    }
    line("model", c.details.summary)
    for (title, text) in c.details.details { line(title, text) }
    if let classifier = c.classifier { line("classifier", describe(classifier)) }
    line("norms", c.details.arithmetic)
  }

  static func describe(_ classifier: ImageClassifier) -> String {
    let input =
      switch classifier.input {
      case .classToken: "the class token"
      case .mean: "the mean of the patches"
      case .classTokenAndMean: "the class token and the mean of the patches"
      }
    return "\(classifier.classes) classes, from \(input)"
  }

  /// The first few names.
  static func classes(_ names: [String]) -> String {
    let shown = names.prefix(6).map { $0.unicodeScalars.contains { $0.value < 0x20 } ? "?" : $0 }
    return "\(names.count): \(shown.joined(separator: "; "))" + (names.count > 6 ? "; …" : "")
  }

  static func describe(_ p: Preprocessing) -> String {
    let resize: String
    switch p.resize {
    case .exact(let height, let width): resize = "exactly \(height) x \(width)"
    case .shortestEdge(let edge): resize = "shortest edge \(edge)"
    }
    let crop = p.crop.map { ", centre crop \($0[0]) x \($0[1])" } ?? ""
    let list = { (values: [Float]) in values.map { "\($0)" }.joined(separator: " ") }
    return "\(resize) \(p.interpolation.rawValue)\(crop), mean \(list(p.mean)), std \(list(p.std))"
      + (p.orientation == .apply ? ", EXIF orientation applied" : "")
  }
}
