import Foundation
import TestSupport
import Testing

/// What holds for every verb: help with an example, and exit statuses that scripts can rely on.
@Suite struct CommandLineTests {
  static let verbs = [
    "inspect", "convert", "verify", "extract", "train", "eval", "export", "predict", "fold", "cost", "study",
    "bench",
  ]

  @Test(arguments: verbs)
  func helpShowsAnExample(_ verb: String) throws {
    let result = try Tool.run([verb, "--help"])
    #expect(result.status == 0)
    #expect(result.output.contains("mist \(verb) "), "an example command")
    #expect(result.output.contains("OVERVIEW") && result.output.contains("USAGE"))
    #expect(!result.output.contains("values: 0"), "values are named as they are written")
  }

  @Test(arguments: verbs)
  func anUnknownOptionIsAUsageError(_ verb: String) throws {
    #expect(try Tool.run([verb, "--no-such-option"]).status == 64)
  }

  @Test func aMissingFileIsNoInput() throws {
    for arguments in [
      ["inspect", "nowhere.safetensors"], ["convert", "nowhere.onnx", "-o", "out.safetensors"],
      ["verify", "nowhere.safetensors", "--golden", "nowhere.safetensors"],
      ["eval", "nowhere.safetensors", "nowhere"],
      ["train", "nowhere", "-o", "out.safetensors"], ["export", "nowhere.safetensors", "-o", "out.mistedge"],
    ] {
      let result = try Tool.run(arguments, in: NSTemporaryDirectory())
      #expect(result.status == 66, "\(arguments): \(result.errors)")
      #expect(result.errors.contains("nowhere"), "\(arguments): \(result.errors)")
    }
  }

  @Test func theRuntimeKeepsTheSameStatuses() throws {
    #expect(try Tool.run(["--help"], tool: "mist-edge").status == 0)
    #expect(try Tool.run(["info"], tool: "mist-edge").status == 64)
    #expect(try Tool.run(["info", "nowhere.mistedge"], tool: "mist-edge").status == 66)
  }
}
