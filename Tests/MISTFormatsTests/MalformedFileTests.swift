import Foundation
import MISTFormats
import TestSupport
import Testing

/// Every malformed file fails with the code that its row in the format's document names.
struct MalformedFileTests {
  static let formats = [
    ("safetensors.md", "safetensors"), ("onnx-subset.md", "onnx"), ("zip.md", "zip"),
    ("pytorch-checkpoint.md", "pytorch"),
  ]

  private static func open(_ path: String, _ format: String) throws -> any TensorArchive {
    switch format {
    case "onnx": try ONNXArchive(path: path)
    case "safetensors": try SafetensorsArchive(path: path)
    default: try PyTorchArchive(path: path)
    }
  }

  @Test(arguments: formats)
  func malformedFileGivesItsCode(document: String, format: String) throws {
    let rules = try FormatDocument.rules(document)
    #expect(rules.count > 30)
    for rule in rules {
      guard let malformed = rule.malformed else { continue }
      let path = Fixture.path("malformed/" + malformed)
      do {
        let archive = try Self.open(path, format)
        Issue.record("\(rule.id): \(malformed) opens, with \(archive.tensors.count) tensors")
      } catch let error as MISTError {
        #expect(error.code.name == rule.error, "\(rule.id): \(error)")
        #expect(error.code.exit == .badData, "\(rule.id)")
        #expect(error.file == path, "\(rule.id)")
        #expect(!error.description.contains("\n"), "\(rule.id)")
      }
    }
  }

  /// What `openArchive` makes of damaged content must not depend on luck: with the right extension, the same code.
  @Test(arguments: formats)
  func openArchiveGivesTheSameCode(document: String, format: String) throws {
    for rule in try FormatDocument.rules(document) {
      guard let malformed = rule.malformed else { continue }
      let error = #expect(throws: MISTError.self, "\(rule.id)") {
        _ = try openArchive(Fixture.path("malformed/" + malformed))
      }
      #expect(error?.code.name == rule.error, "\(rule.id)")
    }
  }

  @Test(arguments: formats)
  func everyMalformedFileIsListed(document: String, format: String) throws {
    let listed = Set(try FormatDocument.rules(document).compactMap(\.malformed))
    let present = try FileManager.default.contentsOfDirectory(atPath: Fixture.path("malformed/" + format))
      .filter { $0.hasSuffix("." + (["zip", "pytorch"].contains(format) ? "pth" : format)) }
    #expect(Set(present.map { format + "/" + $0 }) == listed)
  }

  @Test(arguments: formats)
  func ruleIdentifiersAreUnique(document: String, format: String) throws {
    let identifiers = try FormatDocument.rules(document).map(\.id)
    #expect(Set(identifiers).count == identifiers.count)
  }
}
