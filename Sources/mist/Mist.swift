import ArgumentParser
import Foundation
import MISTFormats

/// The command line: conversion, extraction, training and export around Minimal Interaction Separated Tuning.
@main
struct Mist: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mist",
    abstract: "Split fine-tuning of large vision models: convert, extract, train, export.",
    discussion: """
      A usual session:
        mist convert vit-base/ -o vit.safetensors
        mist extract vit.safetensors photos/ -o features --gather 4,8,12
        mist train features -o head.safetensors
        mist eval head.safetensors features
        mist export head.safetensors -o head.mistedge --features features
        mist-edge run head.mistedge features/test-00000-of-00004.safetensors
      """,
    version: "0.1.0",
    subcommands: [
      Inspect.self, Convert.self, Verify.self, Extract.self, Train.self, Eval.self, Fold.self, Export.self,
      Predict.self,
      Bench.self,
    ])

  /// Exit statuses are the tool's contract: every failure is one sentence with a stable code.
  static func main() {
    signal(SIGPIPE, SIG_IGN)
    WorkerPool.onShortage = { wanted, running, reason in
      Console.note("\(running) of \(wanted) threads run: the system refuses more (\(reason))")
    }
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as MISTError {
      Console.error(error)
      Foundation.exit(error.code.exit.rawValue)
    } catch let code as ExitCode {
      Foundation.exit(code.rawValue)
    } catch {
      // Help and version requests leave through here too; the parser prints them and knows their status.
      let status = exitCode(for: error)
      let isUsage = status == .validationFailure || status == .success
      if !isUsage {
        Console.error(MISTError(.bug, "unexpected error: \(error)", advice: "please report it"))
        Foundation.exit(ExitStatus.bug.rawValue)
      }
      exit(withError: error)
    }
  }
}
