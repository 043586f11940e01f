import CMISTEdge
import MISTEdge
import MISTEdgeKernels

@c(mist_edge_attach)
public func edgeAttach(
  _ edge: UnsafeMutablePointer<mist_edge>?, _ bytes: UnsafeRawPointer?, _ size: Int,
  _ result: UnsafeMutablePointer<mist_edge_shard>?, _ error: UnsafeMutablePointer<mist_edge_error>?
) -> mist_edge_status {
  call(edge, error) { (handle) throws(Refusal) in
    guard let result else { throw .missing }
    handle.shard = nil
    let shard = try data { () throws(EdgeError) in
      try FeatureShard(
        UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : max(0, size)), for: handle.bundle)
    }
    handle.shard = shard
    result.pointee = mist_edge_shard(
      samples: shard.samples, labelled: shard.hasLabels || shard.hasMasks ? 1 : 0)
  }
}

@c(mist_edge_predict_sample)
public func edgePredictSample(
  _ edge: UnsafeMutablePointer<mist_edge>?, _ index: Int, _ probabilities: UnsafeMutablePointer<Float>?,
  _ label: UnsafeMutablePointer<Int64>?, _ error: UnsafeMutablePointer<mist_edge_error>?
) -> mist_edge_status {
  call(edge, error) { (handle) throws(Refusal) in
    let shard = try handle.shard(with: index)
    let truth = try data { () throws(EdgeError) in try shard.label(index) }
    try handle.classify(into: probabilities) { (handle) throws(Refusal) in try handle.load(shard, index) }
    label?.pointee = Int64(truth ?? -1)
  }
}

@c(mist_edge_segment_sample)
public func edgeSegmentSample(
  _ edge: UnsafeMutablePointer<mist_edge>?, _ index: Int, _ map: UnsafeMutablePointer<UInt8>?,
  _ mask: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ error: UnsafeMutablePointer<mist_edge_error>?
) -> mist_edge_status {
  call(edge, error) { (handle) throws(Refusal) in
    let shard = try handle.shard(with: index)
    let truth = try data { () throws(EdgeError) in try shard.mask(index) }
    try handle.segment(into: map) { (handle) throws(Refusal) in try handle.load(shard, index) }
    mask?.pointee = truth?.baseAddress?.assumingMemoryBound(to: UInt8.self)
  }
}

extension Handle {
  func shard(with index: Int) throws(Refusal) -> FeatureShard {
    guard let shard else {
      throw .usage("edge.no-shard", "no shard is attached: call mist_edge_attach first")
    }
    guard 0..<shard.samples ~= index else {
      throw .usage("edge.sample", "the attached shard has fewer samples")
    }
    return shard
  }

  func load(_ shard: FeatureShard, _ index: Int) throws(Refusal) {
    guard scratch.integers == nil || shard.isInteger else { throw .notIntegers }
    try data { () throws(EdgeError) in try shard.load(index, into: scratch, NativeKernels.self) }
  }
}
