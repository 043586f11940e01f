import CMISTEdge
import MISTEdge
import MISTEdgeKernels

/// An open bundle with everything that features pass through, in the arena of its `mist_edge`.
final class Handle {
  let bundle: EdgeBundle
  let isSelftest: Bool
  let network: EdgeNetwork<NativeKernels>
  let scratch: NetworkScratch
  let logits: FloatBuffer
  /// Of segmentation.
  let map: ClassMap?
  /// The attached shard.
  var shard: FeatureShard?
  #if !MIST_WITHOUT_TUNING
    /// Of a handle that was opened for it.
    let tuning: Tuning?

    /// To train the bundle's head on. Throws what no bundle can be made of its like for.
    init(tuning bundle: EdgeBundle, measuring: Bool) throws(EdgeError) {
      self.bundle = bundle
      isSelftest = false
      let tuning = try Tuning(bundle, measuring: measuring)
      self.tuning = tuning
      network = tuning.step.network
      scratch = tuning.worker.scratch
      logits = tuning.worker.logits
      map = bundle.classMap
      // What saving takes comes on top of all this.
      if measuring { tuning.revision.reserve(NativeKernels.self) }
    }
  #endif

  /// With weights, unless its memory is only counted: then there is none that they could be written to.
  init(_ bundle: EdgeBundle, golden: BundleGolden?, measuring: Bool) {
    self.bundle = bundle
    isSelftest = golden != nil
    #if !MIST_WITHOUT_TUNING
      tuning = nil
    #endif
    let shape = golden?.shape ?? bundle.network
    network = EdgeNetwork(shape, bundle.weights.table)
    if !measuring {
      bundle.prepare(network)
    } else if bundle.weights.inPlace == nil {
      _ = FloatBuffer(bundle.weights.count)
    }
    scratch = NetworkScratch(shape)
    logits = FloatBuffer(shape.logitCount)
    map = golden != nil ? nil : bundle.classMap
  }

  /// To predict from int8 features with products of integers.
  init(integers bundle: EdgeBundle, measuring: Bool) {
    self.bundle = bundle
    isSelftest = false
    #if !MIST_WITHOUT_TUNING
      tuning = nil
    #endif
    network = bundle.makeIntegerNetwork(measuring: measuring)
    scratch = NetworkScratch(integers: bundle.network)
    logits = FloatBuffer(bundle.network.logitCount)
    map = nil
  }

  static func of(_ edge: UnsafePointer<mist_edge>) -> Handle? {
    edge.pointee.object.map { Unmanaged<Handle>.fromOpaque($0).takeUnretainedValue() }
  }

  static func of(_ edge: UnsafeMutablePointer<mist_edge>) -> Handle? { of(UnsafePointer(edge)) }
}

extension EdgeBundle {
  /// Classes of the whole image's pixels; nil for classification.
  fileprivate var classMap: ClassMap? {
    guard let size = source.maps, let dense = network.dense else { return nil }
    return ClassMap(
      gridHeight: dense.height, gridWidth: dense.width, classes: network.classes, height: size.height,
      width: size.width)
  }
}
