import Foundation

/// Facts about this process that the measuring verbs print.
enum ProcessFacts {
  /// Peak resident memory in bytes (`VmHWM`), or nil where the kernel does not say.
  static var peakMemory: Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
    return nil
  }

  /// Processors this process may run on.
  static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }
}
