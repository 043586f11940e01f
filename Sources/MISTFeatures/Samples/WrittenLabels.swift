import MISTFormats
import MISTModels

/// A label as a file has it.
struct WrittenLabel {
  /// A class's number in decimal, or its name, without blanks around it.
  let text: String
  /// Where it stands, for messages.
  let file: String
  let place: String

  init(text: String, file: String, place: String) {
    (self.text, self.file, self.place) = (PlainText.name(text), file, place)
  }
}

/// The classes that written labels mean: numbers are those of a list, from 0; names are those of a list or, without one, all
/// that occur, sorted byte by byte.
struct WrittenLabels {
  let classes: [String]
  /// Class of each label, split by split.
  let labels: [[Int]]

  /// `list`: a file of class names. Throws what reading it throws, `classes.missing` for numbers without one, and the
  /// `samples.` codes for labels that mean no class.
  init(_ splits: [[WrittenLabel]], list: String?) throws {
    let all = splits.lazy.flatMap { $0 }
    for label in all where label.text.isEmpty || label.text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f })
    {
      throw Self.error(
        .samplesInvalidLabel, label, label.text.isEmpty ? "the label is empty" : "it has control characters")
    }
    let named = try list.map { try ClassList.read($0, folder: "", largest: ModelLimits.classes) }
    guard let first = all.first, Self.number(first.text) != nil else {
      (classes, labels) = try Self.names(splits, named, all.first)
      return
    }
    guard let named else {
      throw Self.error(
        .classesMissing, first, "labels are numbers, and their names are not known",
        advice: "name a file of classes, one per line, with --classes")
    }
    classes = named
    labels = try splits.map { split in
      try split.map { label in
        guard let number = Self.number(label.text) else { throw Self.mixed(label, first) }
        guard number < named.count else {
          throw Self.error(
            .samplesUnknownClass, label,
            "class \(label.text.prefix(20)) is beyond the \(named.count) classes",
            advice: "check the file of --classes")
        }
        return number
      }
    }
  }

  private static func names(
    _ splits: [[WrittenLabel]], _ list: [String]?, _ first: WrittenLabel?
  ) throws -> (classes: [String], labels: [[Int]]) {
    let classes =
      list
      ?? Set(splits.lazy.flatMap { $0 }.map(\.text)).sorted {
        $0.utf8.lexicographicallyPrecedes($1.utf8)
      }
    let numbers = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
    let labels = try splits.map { split in
      try split.map { label in
        if number(label.text) != nil, let first { throw mixed(label, first) }
        guard let number = numbers[label.text] else {
          throw error(
            .samplesUnknownClass, label, "there is no class \(quoted(label.text)) in the list",
            advice: "check the file of --classes")
        }
        return number
      }
    }
    return (classes, labels)
  }

  /// The value of decimal digits; the largest there is where they are too many.
  private static func number(_ text: String) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
    return Int(text) ?? .max
  }

  private static func mixed(_ label: WrittenLabel, _ first: WrittenLabel) -> MISTError {
    error(
      .samplesMixedLabels, label,
      "the label is \(quoted(label.text)), and that of \(first.place) is \(quoted(first.text))",
      advice: "write numbers alone, or names alone")
  }

  private static func error(
    _ code: ErrorCode, _ label: WrittenLabel, _ problem: String, advice: String? = nil
  ) -> MISTError {
    MISTError(code, file: label.file, at: label.place, problem, advice: advice)
  }
}
