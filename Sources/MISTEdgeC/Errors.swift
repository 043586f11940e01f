import CMISTEdge
import MISTEdge

/// Why a function of the interface fails.
enum Refusal: Error {
  case usage(StaticString, StaticString)
  case data(EdgeError)

  /// The status to return, with code and sentence where a caller wants them. Only those of data ask for memory.
  func report(to error: UnsafeMutablePointer<mist_edge_error>?) -> mist_edge_status {
    switch self {
    case .usage(let name, let text):
      if let error {
        Self.copy(name, to: error.code)
        Self.copy(text, to: error.sentence)
      }
      return mist_edge_status(MIST_EDGE_USAGE)
    case .data(let problem):
      if let error {
        Self.write(to: error.code) { $0.bytes(problem.code.name.bytes) }
        Self.write(to: error.sentence) { $0.sentence(problem) }
      }
      return mist_edge_status(MIST_EDGE_DATA)
    }
  }

  private static func copy(_ text: StaticString, to place: UnsafeMutableBufferPointer<UInt8>) {
    let count = min(text.utf8CodeUnitCount, place.count - 1)
    for i in 0..<count { place[i] = text.utf8Start[i] }
    place[count] = 0
  }

  private static func write(to place: UnsafeMutableBufferPointer<UInt8>, _ body: (TextOutput) -> Void) {
    let out = TextOutput(UnsafeMutableBufferPointer(start: place.baseAddress, count: place.count - 1))
    body(out)
    place[out.count] = 0
  }
}

extension UnsafeMutablePointer<mist_edge_error> {
  /// The memory of its two texts.
  fileprivate var code: UnsafeMutableBufferPointer<UInt8> {
    UnsafeMutableBufferPointer(start: bytes, count: Int(MIST_EDGE_CODE_BYTES))
  }

  fileprivate var sentence: UnsafeMutableBufferPointer<UInt8> {
    UnsafeMutableBufferPointer(
      start: bytes + Int(MIST_EDGE_CODE_BYTES), count: Int(MIST_EDGE_SENTENCE_BYTES))
  }

  private var bytes: UnsafeMutablePointer<UInt8> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: UInt8.self)
  }
}

/// Runs `body` with the memory of `edge`, and says what became of it.
func call(
  _ edge: UnsafeMutablePointer<mist_edge>?, _ error: UnsafeMutablePointer<mist_edge_error>?,
  _ body: (Handle) throws(Refusal) -> Void
) -> mist_edge_status {
  guard let edge, let handle = Handle.of(edge) else { return Refusal.missing.report(to: error) }
  mist_arena_enter(edge)
  defer { mist_arena_enter(nil) }
  do throws(Refusal) {
    try body(handle)
    return mist_edge_status(MIST_EDGE_OK)
  } catch let refusal {
    return refusal.report(to: error)
  }
}

/// What a shard or bundle is refused for, as a refusal.
func data<R>(_ body: () throws(EdgeError) -> R) throws(Refusal) -> R {
  do throws(EdgeError) { return try body() } catch { throw .data(error) }
}
