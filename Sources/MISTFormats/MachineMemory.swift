import Foundation

extension ErrorCode {
  /// A job would take more memory than the machine, or what the process may have of it, still has.
  package static let memoryInsufficient = ErrorCode("memory.insufficient", exit: .io)
}

/// What memory this process can still get. Asked before a job whose need is known: an allocation that fails ends the process, and
/// one that succeeds on paper ends another.
package enum MachineMemory {
  /// Bytes that can still be had, the least of what the machine, the control group and the limits of the process leave.
  package static var available: Int {
    [machine, controlGroup, addressSpace].compactMap { $0 }.min() ?? .max
  }

  /// Throws `memory.insufficient` when `bytes` for `purpose` are more than are available; nil stands for more than can be counted.
  package static func require(_ bytes: Int?, for purpose: String, advice: String) throws {
    let available = available
    if let bytes, bytes <= available { return }
    throw MISTError(
      .memoryInsufficient,
      "\(purpose) takes about \(bytes.map(text) ?? "more than 8 EiB") of memory, and \(text(available)) are left",
      advice: advice)
  }

  /// The same for addresses alone, which cost nothing but where a limit of the process counts them (`ulimit -v`).
  package static func requireAddressSpace(_ bytes: Int?, for purpose: String, advice: String) throws {
    guard let addressSpace else { return }
    if let bytes, bytes <= addressSpace { return }
    throw MISTError(
      .memoryInsufficient,
      "\(purpose) takes \(bytes.map(text) ?? "more than 8 EiB") of addresses, and the process may have "
        + "\(text(addressSpace)) more", advice: advice + ", or raise the limit (ulimit -v)")
  }

  /// The product of `factors`, nil when it cannot be counted.
  package static func product(_ factors: [Int]) -> Int? { checkedCount(factors) }

  /// The sum of `terms`, nil when it or one of them cannot be counted.
  package static func sum(_ terms: [Int?]) -> Int? {
    terms.reduce(Int?(0)) { sum, term in
      guard let sum, let term else { return nil }
      let (result, overflow) = sum.addingReportingOverflow(term)
      return overflow ? nil : result
    }
  }

  private static func text(_ bytes: Int) -> String {
    bytes < 1 << 30 ? "\((bytes + (1 << 20) - 1) >> 20) MiB" : "\(bytes >> 30) GiB"
  }

  /// Free memory, and what the system can take back.
  private static var machine: Int? {
    guard let lines = lines("/proc/meminfo") else { return Int(ProcessInfo.processInfo.physicalMemory) }
    return kibibytes("MemAvailable:", lines)
  }

  /// What the process's control group (version 2, or 1) leaves of its limit.
  private static var controlGroup: Int? {
    for line in lines("/proc/self/cgroup") ?? [] {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let names: (folder: String, limit: String, used: String)
      switch parts[1] {
      case "": names = ("/sys/fs/cgroup", "memory.max", "memory.current")
      case "memory": names = ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
      default: continue
      }
      // Within a container the group's own path is often the root.
      for folder in [names.folder + parts[2], names.folder] {
        guard let limit = number(folder + "/" + names.limit), let used = number(folder + "/" + names.used)
        else {
          continue
        }
        return max(0, limit - used)
      }
    }
    return nil
  }

  /// What `ulimit -v` leaves.
  private static var addressSpace: Int? {
    var limit = rlimit()
    #if canImport(Darwin)
      let result = getrlimit(RLIMIT_AS, &limit)
    #else
      let result = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    #endif
    guard result == 0, limit.rlim_cur < Int.max, let lines = lines("/proc/self/status") else { return nil }
    return kibibytes("VmSize:", lines).map { max(0, Int(limit.rlim_cur) - $0) }
  }

  private static func lines(_ path: String) -> [Substring]? {
    (try? String(contentsOfFile: path, encoding: .utf8))?.split(separator: "\n")
  }

  private static func number(_ path: String) -> Int? { lines(path)?.first.flatMap { Int($0) } }

  private static func kibibytes(_ key: String, _ lines: [Substring]) -> Int? {
    lines.first { $0.hasPrefix(key) }?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) }
      .map { $0 << 10 }
  }
}
