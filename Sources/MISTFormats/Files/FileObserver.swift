import Synchronization

/// What an executable wants to know of the files that this process maps and of those that are not in place yet: what a signal was
/// about, and what to remove before one ends the process. A library observes nothing: its embedder owns the handlers.
package struct FileObserver: Sendable {
  /// A file's bytes have been mapped.
  package var mapped: @Sendable (_ bytes: UnsafeRawBufferPointer, _ path: String) -> Void
  /// The mapping that begins here is about to end.
  package var unmapped: @Sendable (_ base: UnsafeRawPointer) -> Void
  /// A temporary file or folder exists; a folder is told before what it holds.
  package var created: @Sendable (_ temporary: String) -> Void
  /// It has been removed, or has its final name.
  package var settled: @Sendable (_ temporary: String) -> Void

  package init(
    mapped: @escaping @Sendable (UnsafeRawBufferPointer, String) -> Void,
    unmapped: @escaping @Sendable (UnsafeRawPointer) -> Void,
    created: @escaping @Sendable (String) -> Void, settled: @escaping @Sendable (String) -> Void
  ) {
    (self.mapped, self.unmapped, self.created, self.settled) = (mapped, unmapped, created, settled)
  }

  /// The executable's, to be set before the first file is opened.
  package static var current: FileObserver? {
    get { installed.withLock { $0 } }
    set { installed.withLock { $0 = newValue } }
  }

  private static let installed = Mutex<FileObserver?>(nil)
}
