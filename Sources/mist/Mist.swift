import ArgumentParser
import CProcess
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
      Bench.self, Cost.self, Study.self,
    ])

  /// Exit statuses are the tool's contract: every failure is one sentence with a stable code.
  static func main() {
    mist_process_prepare()
    mist_process_has_threads()
    FileObserver.current = .process
    InputFiles.begin()
    WorkerPool.onShortage = { wanted, running, reason in
      Console.note("\(running) of \(wanted) threads run: the system refuses more (\(reason))")
    }
    var status = perform()
    // What was lost of the output is no success; another failure keeps its status.
    if let error = Console.finish() {
      Console.error(error)
      if status == ExitStatus.ok.rawValue { status = error.code.exit.rawValue }
    }
    // Not `exit`: threads may still hash what a failure made needless, with a library that would be torn down below them.
    _exit(status)
  }

  /// Runs the command; its status.
  private static func perform() -> Int32 {
    do {
      var command = try parseAsRoot()
      try command.run()
      return ExitStatus.ok.rawValue
    } catch let error as MISTError {
      Console.error(error)
      return error.code.exit.rawValue
    } catch let code as ExitCode {
      return code.rawValue
    } catch {
      // Help and version requests leave through here too; the parser words them and knows their status.
      let status = exitCode(for: error)
      guard status == .validationFailure || status == .success else {
        Console.error(MISTError(.bug, "unexpected error: \(error)", advice: "please report it"))
        return ExitStatus.bug.rawValue
      }
      Console.paragraphs(fullMessage(for: error), to: status == .success ? STDOUT_FILENO : STDERR_FILENO)
      return status.rawValue
    }
  }
}
