import CMISTEdge
import MISTEdge

@c(mist_edge_abi)
public func edgeABI() -> UInt32 { UInt32(MIST_EDGE_ABI) }

@c(mist_edge_open)
public func edgeOpen(
  _ bytes: UnsafeRawPointer?, _ size: Int, _ purpose: mist_edge_purpose, _ memory: UnsafeMutableRawPointer?,
  _ memorySize: UnsafeMutablePointer<Int>?, _ result: UnsafeMutablePointer<UnsafeMutablePointer<mist_edge>?>?,
  _ error: UnsafeMutablePointer<mist_edge_error>?
) -> mist_edge_status {
  guard let memorySize, let result else { return Refusal.missing.report(to: error) }
  let given = memory == nil ? 0 : max(0, memorySize.pointee)
  guard let memory, given >= Int(MIST_EDGE_FIRST_ARENA), let arena = mist_arena_make(memory, given) else {
    memorySize.pointee = Int(MIST_EDGE_FIRST_ARENA)
    return mist_edge_status(MIST_EDGE_MORE_ARENA)
  }
  mist_arena_enter(arena)
  defer { mist_arena_enter(nil) }
  let bundle = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : max(0, size))
  do throws(Refusal) {
    let needed = try arenaBytes(bundle, purpose, arena, given)
    guard needed <= given else {
      memorySize.pointee = needed
      return mist_edge_status(MIST_EDGE_MORE_ARENA)
    }
    mist_arena_empty(arena, false)
    arena.pointee.object = Unmanaged.passRetained(try open(bundle, purpose, measuring: false)).toOpaque()
    result.pointee = arena
    return mist_edge_status(MIST_EDGE_OK)
  } catch let refusal {
    mist_arena_empty(arena, false)
    return refusal.report(to: error)
  }
}

/// Bytes to try with next, or at most `given` where those are enough: objects of the bundle's network are made to count what it takes.
private func arenaBytes(
  _ bytes: UnsafeRawBufferPointer, _ purpose: mist_edge_purpose, _ arena: UnsafeMutablePointer<mist_edge>,
  _ given: Int
) throws(Refusal) -> Int {
  let (network, source) = try data { () throws(EdgeError) in try EdgeBundle.outline(bytes) }
  let objects = objectBytes(network, source) * (purpose == MIST_EDGE_TUNE ? 3 : 1)
  mist_arena_empty(arena, true)
  guard objects <= given else { return objects }
  let inputs = network.streams.count
  _ = try open(bytes, purpose, measuring: true)
  let edge = arena.pointee
  return MemoryLayout<mist_edge>.size + edge.most_objects + edge.most_floats + 2 * alignment
    + callBytes(inputs)
}

private func open(
  _ bytes: UnsafeRawBufferPointer, _ purpose: mist_edge_purpose, measuring: Bool
) throws(Refusal) -> Handle {
  let bundle = try data { () throws(EdgeError) in try EdgeBundle(bytes) }
  switch Int(purpose) {
  case MIST_EDGE_PREDICT: return Handle(bundle, golden: nil, measuring: measuring)
  case MIST_EDGE_SELFTEST:
    guard let golden = bundle.golden else { throw .data(EdgeError(.noGolden)) }
    return Handle(bundle, golden: golden, measuring: measuring)
  case MIST_EDGE_PREDICT_INT8:
    guard bundle.takesIntegers else {
      throw .usage(
        "edge.purpose",
        "MIST_EDGE_PREDICT_INT8 takes a bundle of int8 weights whose head reads tokens in blocks of attention or MLP"
      )
    }
    return Handle(integers: bundle, measuring: measuring)
  case MIST_EDGE_TUNE:
    #if MIST_WITHOUT_TUNING
      throw .usage("edge.purpose", "this library was built without training (MIST_TUNING=0)")
    #else
      return try data { () throws(EdgeError) in try Handle(tuning: bundle, measuring: measuring) }
    #endif
  default: throw .usage("edge.purpose", "the purpose is none of mist_edge_purpose")
  }
}

/// What an arena loses for the places at which its floats and its objects begin.
private let alignment = 64

/// Memory of a call: a shard's header and tensors, an error's text.
private func callBytes(_ inputs: Int) -> Int { 2048 + 512 * inputs }

/// Enough for the objects and arrays of a bundle's network, floats left out.
private func objectBytes(_ network: NetworkShape, _ source: BundleSource) -> Int {
  var parts = network.streams.count
  for stream in network.streams { parts += stream.depth }
  if network.body.transformer != nil { parts += network.streams.count }
  // Every row and column of a resized map has its place among those of the map before.
  var places = (source.maps?.height ?? 0) + (source.maps?.width ?? 0)
  if let dense = network.dense { places += network.streams.count * (dense.height + dense.width) }
  return Int(MIST_EDGE_FIRST_ARENA) + 4096 * parts + 16 * places
}
