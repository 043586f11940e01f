import Foundation
import TestSupport
import Testing

/// One row of a `## Rules` table in `Formats/`.
struct FormatRule: CustomTestStringConvertible, Sendable {
  let document: String
  let id: String
  let rule: String
  let error: String
  let malformed: String

  var testDescription: String { "\(document) \(id)" }

  /// Rows of every document's rules table.
  static let all: [FormatRule] = {
    let folder = Fixture.root + "/../Formats"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".md") }.sorted().flatMap { name -> [FormatRule] in
      let text = (try? String(contentsOfFile: folder + "/" + name, encoding: .utf8)) ?? ""
      guard let table = text.components(separatedBy: "\n## Rules").dropFirst().first else { return [] }
      return table.split(separator: "\n").compactMap { line -> FormatRule? in
        let cells = line.split(separator: "|", omittingEmptySubsequences: false).map {
          $0.trimmingCharacters(in: .whitespaces)
        }
        guard line.hasPrefix("| "), cells.count >= 6, cells[1] != "id", !cells[1].hasPrefix("-") else {
          return nil
        }
        return FormatRule(
          document: name, id: cells[1], rule: cells[2], error: cells[3].trimmingCharacters(in: ["`"]),
          malformed: cells[4].trimmingCharacters(in: ["`"]))
      }
    }
  }()

  /// Rules a reader checks: those that name a malformed file.
  static let checked = all.filter { $0.malformed != "—" }
}

/// The promise of `Formats/`: every rule a reader must check has a malformed file, and the tools refuse that file with the
/// rule's own code, one sentence, and status 65.
@Suite struct FormatRulesTests {
  @Test func everyDocumentStatesRules() {
    #expect(FormatRule.all.count > 50)
    #expect(Set(FormatRule.all.map(\.id)).count == FormatRule.all.count, "rule ids are unique")
  }

  @Test(arguments: FormatRule.all)
  func aMustNamesAnErrorAndAFile(_ rule: FormatRule) {
    #expect(!rule.rule.contains("MUST") || (rule.error != "—" && rule.malformed != "—"))
  }

  @Test(arguments: FormatRule.checked)
  func theToolsRefuseTheMalformedFile(_ rule: FormatRule) throws {
    let path = Fixture.path("malformed/" + rule.malformed)
    try #require(FileManager.default.fileExists(atPath: path), "\(rule.malformed) is missing")
    let (tool, arguments) = Self.command(for: rule.malformed, path: path)
    let result = try Tool.run(arguments, tool: tool)
    #expect(result.status == 65, "\(rule.malformed): \(result.errors)\(result.output)")
    #expect(result.errors.contains("error[\(rule.error)]:"), "\(rule.malformed): \(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1, "one sentence: \(result.errors)")
  }

  /// The command a user would meet the file with.
  static func command(for malformed: String, path: String) -> (tool: String, arguments: [String]) {
    switch malformed.split(separator: "/").first {
    case "naming-conventions" where malformed.hasSuffix("/not-finite"):
      // Values are read when they are written.
      ("mist", ["convert", path, "-o", NSTemporaryDirectory() + "mist-\(UUID().uuidString).safetensors"])
    case "edge-bundle": ("mist-edge", ["info", path])
    case "edge-features":
      (
        "mist-edge",
        [
          "run",
          Fixture.path("edge-bundle/" + (malformed.contains("/maps-") ? "maps-" : "") + "f32.mistedge"), path,
        ]
      )
    case "tar":
      (
        "mist",
        ["extract", Fixture.path("malformed/canonical-checkpoint/valid.safetensors"), path, "--dry-run"]
      )
    // Without a plan, a model that is not supported is a finding about tensors that can be listed.
    case "naming-conventions": ("mist", ["inspect", "--plan", path])
    case "feature-store", "canonical-checkpoint", "prepacked-weights":
      ("mist", ["inspect", "--verify", path])
    default: ("mist", ["inspect", path])
    }
  }

  /// Files that no rule names would be dead weight, and a rule's file that went missing must be noticed.
  @Test func everyMalformedFileBelongsToARule() throws {
    let named = Set(FormatRule.checked.map(\.malformed))
    for folder in try Fixture.files(in: "malformed") {
      for path in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
        let relative = (folder as NSString).lastPathComponent + "/" + path
        // Scripts that make the files, and whole files they are derived from.
        let isSource = path.hasSuffix(".py") || path.hasPrefix("valid") || path.hasPrefix("__")
        if isSource { continue }
        #expect(
          named.contains(relative) || named.contains { $0.hasPrefix(relative + "/") } || Self.isPart(path),
          "no rule names malformed/\(relative)")
      }
    }
  }

  /// External data that lies beside a malformed model.
  private static func isPart(_ name: String) -> Bool { name.hasSuffix(".bin") }
}
