import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTModels
import MISTTuning
import TestSupport
import Testing

@Suite("Head files")
struct HeadFileTests {
  private static let valid = Fixture.path("malformed/head/valid.safetensors")

  @Test("a valid head is read, and written again byte for byte the same numbers")
  func roundTrip() throws {
    let head = try Head.read(Self.valid)
    #expect(head.shape.depth == 1)
    #expect(head.description.feature == .gather(4))
    #expect(head.description.classes == ["ant", "bee", "cat"])
    // make.py fills every matrix with (i % 7 − 3)/16.
    let qkv = ParameterTable(head.shape).range(.blockInput, stream: 0, block: 0)
    #expect(head.parameters[qkv.lowerBound + 5] == 2.0 / 16)
    try Fixture.withTemporaryFolder { folder in
      try head.write(to: folder + "/head.safetensors")
      let again = try Head.read(folder + "/head.safetensors")
      #expect(again.description == head.description)
      #expect(again.parameters == head.parameters)
    }
  }

  /// File name and error code of every rule in Formats/head.md.
  static let rules: [(file: String, code: String)] = {
    let text = (try? String(contentsOfFile: Fixture.root + "/../Formats/head.md", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").filter { $0.hasPrefix("| HD-") }.map { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return (cells[3], cells[2])
    }
  }()

  @Test("every rule has its error")
  func malformed() throws {
    #expect(Self.rules.count == 80)
    for rule in Self.rules {
      #expect {
        try Head.read(Fixture.path("malformed/" + rule.file))
      } throws: { error in
        guard let error = error as? MISTError else { return false }
        return error.code.name == rule.code && error.file != nil
      }
    }
  }

  @Test("a head says its task by name, and those of versions 1 and 2 by their version")
  func tasks() throws {
    for (file, task) in [
      ("valid", FeatureTask.classification), ("valid-named-task", .classification),
      ("valid-maps", .segmentation), ("valid-maps-named-task", .segmentation),
    ] {
      let head = try Head.read(Fixture.path("malformed/head/\(file).safetensors"))
      #expect(head.description.task == task)
      try Fixture.withTemporaryFolder { folder in
        try head.write(to: folder + "/head.safetensors")
        let metadata = try SafetensorsArchive(path: folder + "/head.safetensors").metadata
        #expect(metadata["version"] == "3" && metadata["task"] == task.rawValue)
        #expect(try Head.read(folder + "/head.safetensors").description == head.description)
      }
    }
    #expect(Set(TaskRegistry.all.map { $0.name }) == Set(FeatureTask.allCases))
  }

  @Test("a head says in which precision its features were computed, and f32 where it does not")
  func precision() throws {
    var description = try Head.read(Self.valid).description
    let parameters = try Head.read(Self.valid).parameters
    #expect(description.featurePrecision == nil && description.precision == .f32)
    try Fixture.withTemporaryFolder { folder in
      for precision in Precision.allCases {
        description.featurePrecision = precision
        try Head(description: description, parameters: parameters).write(to: folder + "/head.safetensors")
        let head = try Head.read(folder + "/head.safetensors")
        #expect(head.description == description && head.description.precision == precision)
      }
    }
  }

  @Test("what is not known is refused by its name")
  func unknownFields() {
    for (file, field) in [
      ("unknown-network-field", "network.function"), ("unknown-network-field-1", "network.function"),
      ("maps-unknown-level-field", "network.levels.1.window"), ("unknown-field", "temperature"),
    ] {
      #expect {
        try Head.read(Fixture.path("malformed/head/\(file).safetensors"))
      } throws: { ($0 as? MISTError)?.problem.contains("'\(field)'") == true }
    }
  }

  @Test("another safetensors file is not a head")
  func otherFile() throws {
    try Fixture.withTemporaryFolder { folder in
      var writer = try SafetensorsWriter(
        path: folder + "/x.safetensors", tensors: [], metadata: ["format": "pt"])
      try writer.finish()
      #expect {
        try Head.read(folder + "/x.safetensors")
      } throws: { ($0 as? MISTError)?.code == .headWrongFormat }
    }
  }

  @Test("the final class token goes with a single token only")
  func finalToken() throws {
    var description = try Head.read(Self.valid).description
    description.feature = .final
    #expect(throws: MISTError.self) { try Head(description: description, parameters: []) }
  }
}
