import MISTEdge

/// A model ready to run on images of one size, whatever its architecture.
package protocol Backbone: Sendable {
  /// Input pixels `[3, height, width]`.
  var imageSize: MapSize { get }
  var kernels: ProductKernels { get }
  /// The kernel that the products run, for people.
  var kernel: String { get }
  /// Names of the parts that `BackboneWorker.onPart` counts.
  var parts: [String] { get }

  /// A worker for one thread that gives `outputs`.
  /// Throws `backbone.depth` for depths and levels that the model does not have or that were not loaded, `backbone.architecture`
  /// for other outputs that it does not have.
  func makeWorker(_ outputs: [BackboneOutput]) throws -> any BackboneWorker
  /// The shape of `output` of one image; nil for an output that the model does not have.
  func shape(of output: BackboneOutput) -> [Int]?

  /// Multiply-adds of one image through `depth` blocks, matrix products only.
  func multiplyAdds(depth: Int) -> Int
  /// The linear products of one image through `depth` blocks, in order, on one thread: the machine's limit.
  func productRunner(depth: Int) throws -> ProductRunner
  /// What `part`, of `parts`, does for one image through `depth` blocks; measurements only.
  func work(of part: Int, depth: Int) -> PartWork
}

extension Backbone {
  /// Waits until it is certain that weights which were packed beforehand are the model's: nothing that it computed may be kept or shown
  /// before. Throws `prepack.damaged` and `prepack.other-model`.
  package func confirm() throws { try kernels.prepacked?.confirm() }
}

/// One thread's forward pass: owns its scratch memory and allocates nothing per image but small handles.
package protocol BackboneWorker: AnyObject {
  /// What it gives.
  var outputs: [BackboneOutput] { get }
  /// The last block that they need; blocks after it do not run.
  var lastBlock: Int { get }
  /// Called after each part, with its index in `Backbone.parts`; measurements only.
  var onPart: ((Int) -> Void)? { get set }

  /// Runs one image `[3, H, W]` and hands over each output, with its index in `outputs`, as soon as it exists: what comes later
  /// depends on what comes before. The view is valid during the call only.
  /// Throws `backbone.buffer-size` for pixels of another size, the errors of the products, and what `emit` throws.
  func forward(
    _ pixels: UnsafeBufferPointer<Float>, emit: (_ index: Int, UnsafeBufferPointer<Float>) throws -> Void
  ) throws
}
