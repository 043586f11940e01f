import Synchronization

/// The addresses that OpenBLAS takes, and keeps, for every product that runs at a time in this process. Where it gets none, it tries again
/// for ever, so they are asked for before.
package enum ProductBuffers {
  private static let bytes = 160 << 20
  /// Products at a time that there are addresses for.
  private static let granted = Mutex(0)

  /// To be called before `threads` products run at a time. Throws `memory.insufficient` when the process may not have the addresses.
  package static func require(_ threads: Int, for purpose: String) throws {
    try granted.withLock { granted in
      guard threads > granted else { return }
      try MachineMemory.requireAddressSpace(
        MachineMemory.product([threads - granted, bytes]), for: purpose, advice: "use fewer --threads")
      granted = threads
    }
  }
}
