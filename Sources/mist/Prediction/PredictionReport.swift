import Foundation
import MISTFormats
import MISTInference
import MISTModels
import MISTVision

/// What was predicted, for machines and for people.
struct PredictionReport: Encodable {
  struct Class: Encodable {
    let index: Int
    let name: String
    /// Of classification.
    var probability: Double?
    /// Of segmentation: pixels, and their fraction of those that have a class.
    var pixels: Int?
    var share: Double?

    init(index: Int, name: String, pixels: Int, share: Double) {
      (self.index, self.name, self.pixels, self.share) = (index, name, pixels, share)
    }

    init(_ score: ClassScore) {
      (index, name, probability) = (score.index, score.name, score.probability)
    }
  }

  /// An image, or a sample of a file of features.
  struct Item: Encodable {
    let file: String
    /// The EXIF orientation that it carries, unless that is 1.
    var orientation: Int?
    /// Its number in the file of features.
    var sample: Int?
    /// The image's size, or the mask's.
    var height: Int?
    var width: Int?
    var mask: String?
    var overlay: String?
    /// Descending.
    let classes: [Class]
    /// Pixels outside the model's crop.
    var ignored: Int?
  }

  let task: String
  let items: [Item]
  /// What became of EXIF orientations; nil for features.
  var orientation: Preprocessing.Orientation?
  /// In what the model's products were computed, and how that was chosen, where it was measured; nil for features.
  var precision: Precision?
  var precisionChoice: PrecisionChoice?

  /// The classes that occur in a map, the most frequent first.
  static func classes(_ labels: LabelMap, names: [String]) -> (classes: [Class], ignored: Int) {
    var counts = [Int](repeating: 0, count: 256)
    for value in labels.values { counts[Int(value)] += 1 }
    let ignored = counts[Int(LabelMap.ignored)]
    let total = max(1, labels.values.count - ignored)
    let classes = names.indices.filter { counts[$0] > 0 }.sorted { counts[$0] > counts[$1] }.map {
      Class(index: $0, name: names[$0], pixels: counts[$0], share: Double(counts[$0]) / Double(total))
    }
    return (classes, ignored)
  }

  /// How many images carry an orientation, and what was done; nil for none.
  var orientationNote: String? {
    orientation.flatMap { OrientationText.note(items.count { $0.orientation != nil }, of: items.count, $0) }
  }

  /// `top`: how many classes of each item to print; all of them when nil.
  func print(top: Int?) {
    for (i, item) in items.enumerated() {
      if i > 0 { Console.line() }
      var title = item.file
      if let sample = item.sample { title += "  sample \(sample)" }
      if let height = item.height, let width = item.width { title += "  \(width) × \(height)" }
      Console.line(title)
      for path in [item.mask, item.overlay].compactMap({ $0 }) { Console.line("  \(path)") }
      var table = Table([("", .left), ("", .left), ("", .right)])
      for entry in item.classes.prefix(top ?? item.classes.count) {
        table.add(["", entry.name, Format.percent(entry.probability ?? entry.share ?? 0)])
      }
      table.print()
      if let ignored = item.ignored, ignored > 0 {
        Console.line("  \(ignored) pixels lie outside the model's crop and have no class")
      }
    }
  }
}
