import Foundation

/// Processor time in seconds: what a measurement takes whatever else the machine does meanwhile.
enum ProcessorTime {
  /// Of this process so far, all threads together.
  static var process: Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }
  /// Of the calling thread so far.
  static var thread: Double { seconds(CLOCK_THREAD_CPUTIME_ID) }

  private static func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
