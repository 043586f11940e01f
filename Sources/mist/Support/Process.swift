import Foundation

/// Facts about this process that the measuring verbs print.
enum ProcessFacts {
  /// Peak resident memory in bytes (`VmHWM`), or nil where the kernel does not say.
  static var peakMemory: Int? { status("VmHWM:") }

  /// Resident memory that is the process's own now (`RssAnon`): without the mapped files that the kernel may drop at
  /// any time.
  static var ownMemory: Int? { status("RssAnon:") }

  private static func status(_ key: String) -> Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    for line in status.split(separator: "\n") where line.hasPrefix(key) {
      let words = line.split { $0 == " " || $0 == "\t" }
      return words.dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
    return nil
  }

  /// Processors this process may run on.
  static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }
}
