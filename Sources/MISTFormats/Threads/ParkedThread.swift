import Dispatch
import Foundation

/// A thread that waits for work between the runs of a `WorkerPool`, for as long as the process lives.
final class ParkedThread: @unchecked Sendable {
  // The two semaphores order every access to `work`.
  private var work: () -> Void = {}
  private let wake = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)

  /// Starts the thread; 0, or the error number that the system refused it with. To be called once.
  func start() -> Int32 {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, Self.stackSize)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    let status = pthread_create(
      &thread, &attributes,
      { context in
        guard let context else { return nil }
        Unmanaged<ParkedThread>.fromOpaque(context).takeRetainedValue().serve()
      }, context.toOpaque())
    if status != 0 { context.release() }
    return status
  }

  func begin(_ work: @escaping () -> Void) {
    self.work = work
    wake.signal()
  }

  func waitUntilDone() { done.wait() }

  private func serve() -> Never {
    while true {
      wake.wait()
      work()
      work = {}
      done.signal()
    }
  }

  /// Of which the libraries that run on these threads take a few hundred KiB at most; only touched pages are memory.
  private static let stackSize = 4 << 20
}
