import CMISTEdge
import MISTEdge

@c(mist_edge_describe)
public func edgeDescribe(
  _ edge: UnsafePointer<mist_edge>?, _ result: UnsafeMutablePointer<mist_edge_description>?
) {
  guard let edge, let handle = Handle.of(edge), let result else { return }
  let bundle = handle.bundle
  var found = mist_edge_description()
  found.task =
    bundle.task == .segmentation
    ? mist_edge_task(MIST_EDGE_SEGMENTATION) : mist_edge_task(MIST_EDGE_CLASSIFICATION)
  found.classes = UInt32(bundle.network.classes)
  found.inputs = UInt32(bundle.network.streams.count)
  found.parameters = UInt32(bundle.weights.count)
  found.weights = mist_edge_type(bundle.weights.type.rawValue)
  found.height = UInt32(bundle.source.maps?.height ?? 0)
  found.width = UInt32(bundle.source.maps?.width ?? 0)
  found.model = bundle.source.modelHash.baseAddress?.assumingMemoryBound(to: UInt8.self)
  found.arena = MemoryLayout<mist_edge>.size + edge.pointee.most_objects + edge.pointee.most_floats
  result.pointee = found
}

@c(mist_edge_input_at)
public func edgeInput(_ edge: UnsafePointer<mist_edge>?, _ index: UInt32) -> mist_edge_input {
  guard let edge, let streams = Handle.of(edge)?.bundle.network.streams, Int(index) < streams.count else {
    return mist_edge_input()
  }
  let stream = streams[Int(index)]
  return mist_edge_input(
    rows: UInt32(stream.tokens), height: UInt32(stream.height), width: UInt32(stream.width),
    channels: UInt32(stream.channels))
}

@c(mist_edge_label)
public func edgeLabel(_ edge: UnsafePointer<mist_edge>?, _ index: UInt32) -> mist_edge_text {
  guard let edge, let labels = Handle.of(edge)?.bundle.labels, Int(index) < labels.count else {
    return mist_edge_text()
  }
  let label = labels[Int(index)]
  return mist_edge_text(bytes: label.baseAddress?.assumingMemoryBound(to: CChar.self), size: label.count)
}
