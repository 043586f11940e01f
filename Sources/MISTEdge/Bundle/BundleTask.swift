/// What a bundle's network is for, and so what its classes are classes of.
public enum BundleTask: Equatable, Sendable {
  /// One class per image, from tokens.
  case classification
  /// One class per position of a map.
  case segmentation

  /// Its name in the `TASK` section.
  public var name: StaticString {
    switch self {
    case .classification: "classification"
    case .segmentation: "segmentation"
    }
  }

  /// That of files of versions 1 and 2, which do not say it.
  init(_ readout: Readout) { self = readout.isPooled ? .classification : .segmentation }

  /// Throws where `name` is not this task's.
  func check(_ name: UnsafeRawBufferPointer) throws(EdgeError) {
    if name.equals(self.name) { return }
    let known =
      name.equals(BundleTask.classification.name) || name.equals(BundleTask.segmentation.name)
    throw EdgeError(known ? .taskDiffers : .unknownTask, in: .task)
  }
}

extension EdgeBundle {
  /// The network ready to run; `shape` is the bundle's own or that of its golden pair, and differs from it in sizes alone.
  public func makeNetwork<K: EdgeKernels>(_ shape: NetworkShape, _ kernels: K.Type = K.self) -> EdgeNetwork<K>
  {
    let network = EdgeNetwork<K>(shape, weights.table)
    prepare(network)
    return network
  }

  /// Whether the head can be computed in integers where features are `int8` as its weights are.
  package var takesIntegers: Bool { weights.type == .int8 && network.takesIntegers }

  /// The network in integers, ready to run; `measuring` only takes its memory.
  package func makeIntegerNetwork<K: EdgeKernels>(
    _ kernels: K.Type = K.self, measuring: Bool = false
  ) -> EdgeNetwork<K> {
    let own = EdgeNetwork<K>(network, weights.table, integers: true)
    if measuring { own.reserveIntegers() } else { own.prepareIntegers(weights) }
    return own
  }

  /// Gives the bundle's weights to a network of its architecture.
  package func prepare<K: EdgeKernels>(_ network: EdgeNetwork<K>) {
    precondition(network.table.count == weights.count)
    weights.withParameters { network.prepare($0) }
  }
}
