import FuzzSupport
import MISTEdge

/// A shard of features as the runtime reads it, opened for the bundles that the fixtures are for.
@_cdecl("FuzzFeatures_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  let bundles = ["f32", "maps-f32"].map { name -> EdgeBundle in
    let bytes = fixture("edge-bundle/\(name).mistedge")
    // The bundle is a view of this memory for as long as the process runs.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    memory.copyBytes(from: bytes)
    guard let bundle = try? EdgeBundle(UnsafeRawBufferPointer(memory)) else {
      fatalError("\(name) must open")
    }
    return bundle
  }
  return fuzz(count, arguments) { bytes in
    for bundle in bundles { read(bytes, bundle) }
  }
}

private func read(_ bytes: UnsafeRawBufferPointer, _ bundle: EdgeBundle) {
  guard let shard = try? FeatureShard(bytes, for: bundle) else { return }
  let inputs = bundle.network.streams.map {
    UnsafeMutablePointer<Float>.allocate(capacity: $0.tokens * $0.channels)
  }
  defer { for input in inputs { input.deallocate() } }
  for sample in 0..<min(shard.samples, 16) {
    try? shard.load(sample, into: inputs)
    _ = try? shard.label(sample)
    if let mask = try? shard.mask(sample) { touch(mask) }
  }
}
