import ArgumentParser
import Foundation
import MISTFormats
import MISTModels

/// `mist inspect`: what a file holds, from its header alone.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List a file's tensors and metadata, and the model it is.",
    discussion: """
      Reads headers only, so it is as fast for a large file as for a small one. FILE is safetensors (foreign or converted \
      checkpoints, feature shards, heads) or ONNX; a folder is searched for a feature store's manifest, then for model files. \
      A checkpoint that follows a known naming convention but for some tensors is listed and then reported with status 65.

      Example:
        mist inspect vit.safetensors --json
      """)

  @Argument(help: "A file, or a folder with one.")
  var file: String

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Read a feature store's shards whole and compare their hashes with the manifest.")
  var verify = false

  func run() throws {
    let report = try InspectReport(path: file, verify: verify)
    if json { try Console.json(report) } else { report.print() }
    if let damage = report.damage { throw damage }
  }
}
