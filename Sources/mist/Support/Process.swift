import Foundation

/// Facts about this process that the measuring verbs print.
enum ProcessFacts {
  /// Peak resident memory in bytes (`VmHWM`), or nil where the kernel does not say.
  static var peakMemory: Int? { status("VmHWM:") }

  /// Lets `peakMemory` count from now on; false where the kernel does not.
  static func resetPeakMemory() -> Bool {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return false }
    let written = fputs("5", file)
    return fclose(file) == 0 && written >= 0
  }

  /// The processor's name; nil where the kernel does not say.
  static var processorName: String? {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let line = lines.first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces)
  }

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
