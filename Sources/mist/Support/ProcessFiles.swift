import CProcess
import MISTFormats

extension FileObserver {
  /// Keeps the tables that this process's signal handlers read.
  static let process = FileObserver(
    mapped: { mist_process_mapped($0.baseAddress, $0.count, $1) },
    unmapped: { mist_process_unmapped($0) },
    created: { mist_process_temporary($0) },
    settled: { mist_process_settled($0) })
}
