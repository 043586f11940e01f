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

  /// Seconds that this process had existed for at `instant`, to a hundredth or so; nil where the kernel does not say.
  static func seconds(before instant: ContinuousClock.Instant) -> Double? {
    guard let line = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
      // The name, in parentheses, may hold anything; what is counted begins behind it.
      let end = line.lastIndex(of: ")")
    else { return nil }
    let fields = line[line.index(after: end)...].split(separator: " ")
    guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
    var now = timespec()
    guard clock_gettime(CLOCK_BOOTTIME, &now) == 0 else { return nil }
    let age = Double(now.tv_sec) + Double(now.tv_nsec) / 1e9 - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    return age - (ContinuousClock.now - instant).seconds
  }

  /// Processors this process may run on.
  static var processors: Int { ProcessInfo.processInfo.activeProcessorCount }
}
