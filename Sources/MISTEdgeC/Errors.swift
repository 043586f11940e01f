import CMISTEdge
import MISTEdge

/// Why a function of the interface fails.
enum Refusal: Error {
  case usage(StaticString, StaticString)
  case data(EdgeError)

  /// The status to return, with code and sentence where a caller wants them. Asks for memory.
  func report(to error: UnsafeMutablePointer<mist_edge_error>?) -> mist_edge_status {
    let status: mist_edge_status
    if case .usage = self {
      status = mist_edge_status(MIST_EDGE_USAGE)
    } else {
      status = mist_edge_status(MIST_EDGE_DATA)
    }
    guard let error else { return status }
    let bytes = UnsafeMutableRawPointer(error).assumingMemoryBound(to: UInt8.self)
    let codeSize = Int(MIST_EDGE_CODE_BYTES)
    let code = TextOutput(UnsafeMutableBufferPointer(start: bytes, count: codeSize - 1))
    let sentence = TextOutput(
      UnsafeMutableBufferPointer(start: bytes + codeSize, count: Int(MIST_EDGE_SENTENCE_BYTES) - 1))
    switch self {
    case .usage(let name, let text):
      code.text(name)
      sentence.text(text)
    case .data(let problem):
      code.bytes(problem.code.name.bytes)
      sentence.sentence(problem)
    }
    bytes[code.count] = 0
    bytes[codeSize + sentence.count] = 0
    return status
  }
}

/// Runs `body` with the memory of `edge`, and says what became of it.
func call(
  _ edge: UnsafeMutablePointer<mist_edge>?, _ error: UnsafeMutablePointer<mist_edge_error>?,
  _ body: (Handle) throws(Refusal) -> Void
) -> mist_edge_status {
  guard let edge, let handle = Handle.of(edge) else { return mist_edge_status(MIST_EDGE_USAGE) }
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
