import Foundation
import MISTFormats

/// One tar file of samples, as webdataset lays them out: the members of a sample share its key, which is the name up to the
/// first dot behind the folders.
struct TarShard: Sendable {
  let path: String
  /// Bytes of the file when it was listed.
  let count: Int
  let samples: [Sample]
  /// Members that belong to no sample or are none of its parts.
  let ignored: Int
  /// Samples without an image.
  let withoutImage: Int

  struct Sample: Sendable {
    let key: String
    /// The member that is the image.
    var image: TarArchive.Member
    var mask: TarArchive.Member?
    /// The member that says the class, and in which form.
    var label: (form: LabelForm, member: TarArchive.Member)?
  }

  /// Of a sample that has several, the first here counts.
  enum LabelForm: Int, Sendable, CaseIterable {
    /// Text: a class's number or name.
    case cls
    /// A number, a string, or an object with `label`, `class` or `cls`.
    case json
    case txt
  }

  /// Lists the file at `path`. Throws what `TarArchive` throws, and `samples.two-images`.
  init(path: String) throws {
    let archive = try TarArchive(path: path)
    var groups: [String: Group] = [:]
    var order: [String] = []
    var ignored = 0
    for member in archive.members {
      guard let (key, suffix) = Self.split(member.name) else {
        ignored += 1
        continue
      }
      if groups[key] == nil { order.append(key) }
      guard try groups[key, default: Group()].take(member, suffix, path) else {
        ignored += 1
        continue
      }
    }
    self.path = path
    count = archive.count
    self.ignored = ignored
    samples = order.compactMap { key in
      guard let group = groups[key], let image = group.image else { return nil }
      return Sample(key: key, image: image, mask: group.mask, label: group.label)
    }
    withoutImage = order.count { key in groups[key].map { $0.image == nil && !$0.isEmpty } ?? false }
  }

  /// The parts of a sample while they are found.
  private struct Group {
    var image: TarArchive.Member?
    var mask: TarArchive.Member?
    var label: (form: LabelForm, member: TarArchive.Member)?
    var isEmpty: Bool { image == nil && mask == nil && label == nil }

    /// Whether `member` is a part of a sample.
    mutating func take(_ member: TarArchive.Member, _ suffix: String, _ path: String) throws -> Bool {
      if ImageExtension.all.contains(suffix) {
        if let image {
          throw MISTError(
            .samplesTwoImages, file: path, at: "member '\(member.name)'",
            "its sample has another image, '\(image.name)'", advice: "keep one of them")
        }
        image = member
      } else if suffix == "seg.png" {
        if let mask {
          throw MISTError(
            .masksSameStem, file: path, at: "member '\(member.name)'",
            "its sample has another mask, '\(mask.name)'", advice: "keep one of them")
        }
        mask = member
      } else if let form = LabelForm.allCases.first(where: { "\($0)" == suffix }) {
        if let label {
          guard label.form != form else {
            throw MISTError(
              .samplesInvalidLabel, file: path, at: "member '\(member.name)'",
              "its sample has another label, '\(label.member.name)'", advice: "keep one of them")
          }
          if label.form.rawValue < form.rawValue { return true }
        }
        label = (form, member)
      } else {
        return false
      }
      return true
    }
  }

  /// Key and lower-case suffix of a member's name; nil for names without one and for hidden files.
  static func split(_ name: String) -> (key: String, suffix: String)? {
    let base = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
    guard let dot = name[base...].firstIndex(of: "."), dot > base else { return nil }
    return (String(name[..<dot]), name[name.index(after: dot)...].lowercased())
  }

  /// Bytes that a member with a label may have.
  static let largestLabel = 1 << 20

  /// What a sample's label says. Throws `samples.invalid-label`.
  func label(_ member: TarArchive.Member, _ form: LabelForm, in file: FileBytes) throws -> WrittenLabel {
    let place = "member '\(member.name)'"
    func invalid(_ problem: String) -> MISTError {
      MISTError(.samplesInvalidLabel, file: path, at: place, problem)
    }
    guard member.range.count <= Self.largestLabel else {
      throw invalid(
        "a label of \(member.range.count) bytes is more than the \(Self.largestLabel) that are read")
    }
    let bytes = try file.read(member.range)
    let text: String
    if form == .json {
      guard let label = try? JSONInput.decode(JSONLabel.self, from: Data(PlainText.content(bytes))) else {
        throw invalid("a number from 0, a string, or an object with one of label, class and cls is expected")
      }
      text = label.text
    } else {
      text = try PlainText.text(bytes) { invalid("it \($0)") }
    }
    return WrittenLabel(text: text, file: path, place: place)
  }
}

/// A label in JSON.
private struct JSONLabel: Decodable {
  let text: String

  private enum Keys: String, CodingKey, CaseIterable { case label, `class`, cls }

  init(from decoder: any Decoder) throws {
    if let container = try? decoder.singleValueContainer() {
      if let number = try? container.decode(UInt.self) {
        text = String(number)
        return
      }
      if let name = try? container.decode(String.self) {
        text = name
        return
      }
    }
    let container = try decoder.container(keyedBy: Keys.self)
    let found = Keys.allCases.filter(container.contains)
    guard let key = found.first, found.count == 1 else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "one of label, class and cls is expected"))
    }
    text =
      try (try? container.decode(UInt.self, forKey: key)).map(String.init)
      ?? container.decode(String.self, forKey: key)
  }
}
