import Foundation
import Testing

/// Runs the built command line tools as a user does.
enum Tool {
  struct Result {
    let status: Int32
    let output: String
    let errors: String
  }

  /// The folder of built products: where this test executable itself lies.
  static let products: String = {
    let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return ((link ?? CommandLine.arguments[0]) as NSString).deletingLastPathComponent
  }()

  /// Runs `mist` (or another product) with `arguments` and waits for it.
  static func run(_ arguments: [String], tool: String = "mist", in folder: String? = nil) throws -> Result {
    try run(products + "/" + tool, arguments, in: folder)
  }

  /// Runs a script that finds the tools by their names: redirections, signals.
  static func shell(_ script: String, in folder: String) throws -> Result {
    try run("/bin/sh", ["-c", "PATH='\(products)':$PATH\n" + script], in: folder)
  }

  private static func run(_ executable: String, _ arguments: [String], in folder: String?) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    // Files, not pipes: a pipe that nobody reads while the tool runs would block it.
    let base = FileManager.default.temporaryDirectory.appendingPathComponent("mist-cli-\(UUID().uuidString)")
      .path
    let (out, err) = (base + ".out", base + ".err")
    for path in [out, err] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    defer { for path in [out, err] { try? FileManager.default.removeItem(atPath: path) } }
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: out))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: err))
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    // A signal is a crash: it must never look like an exit status of the contract.
    let crashed = process.terminationReason == .uncaughtSignal
    return Result(
      status: crashed ? -process.terminationStatus : process.terminationStatus,
      output: try String(contentsOfFile: out, encoding: .utf8),
      errors: try String(contentsOfFile: err, encoding: .utf8))
  }
}

/// Runs `mist` and requires that it succeeds.
@discardableResult
func mist(_ arguments: String...) throws -> Tool.Result { try mist(arguments) }

@discardableResult
func mist(_ arguments: [String]) throws -> Tool.Result {
  let result = try Tool.run(arguments)
  try #require(result.status == 0, "mist \(arguments.joined(separator: " ")): \(result.errors)")
  return result
}

/// The JSON object that a tool printed.
func json(_ text: String) throws -> [String: Any] {
  try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
}
