/// What measurements and verification need of a backbone, whatever its architecture.
public protocol Backbone: Sendable {
  associatedtype Worker: BackboneWorker
  /// Input pixels `[3, height, width]`.
  var imageSize: (height: Int, width: Int) { get }
  var backend: ProductBackend { get }
  /// The kernel that the products run, for people.
  var kernel: String { get }
  /// A worker for one thread.
  func makeWorker() throws -> Worker
  /// Multiply-adds of one image through `depth` blocks.
  func multiplyAdds(depth: Int) -> Int
  /// The linear products of one image through `depth` blocks, in order, on one thread: the machine's limit.
  func productRunner(depth: Int) throws -> ProductRunner
}

/// One thread's forward pass.
public protocol BackboneWorker: AnyObject {
  associatedtype Output: GoldenOutput
  associatedtype Part: RawRepresentable & CaseIterable & Hashable & Sendable where Part.RawValue == String
  /// Called after each part; measurements only.
  var onPart: ((Part) -> Void)? { get set }
  /// Runs one image and hands over each tensor of `wanted` as soon as it exists; the view is valid during the call only.
  func forward(
    _ pixels: UnsafeBufferPointer<Float>, _ wanted: some Sequence<Output>,
    emit: (Output, UnsafeBufferPointer<Float>) throws -> Void
  ) throws
  /// The last block that `wanted` needs.
  func lastBlock(_ wanted: some Sequence<Output>) -> Int
}

extension ViTBackbone: Backbone {
  public func productRunner(depth: Int) throws -> ProductRunner {
    try ProductRunner([patchEmbedding] + blocks.prefix(depth).flatMap(\.products), backend: backend)
  }
}

extension ViTWorker: BackboneWorker {
  public func forward(
    _ pixels: UnsafeBufferPointer<Float>, _ wanted: some Sequence<ViTOutput>,
    emit: (ViTOutput, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    try forward(pixels, ViTOutputs(wanted), emit: emit)
  }

  public func lastBlock(_ wanted: some Sequence<ViTOutput>) -> Int {
    ViTOutputs(wanted).lastBlock(of: backbone.configuration.depth)
  }
}

extension SegFormerBackbone: Backbone {
  public func productRunner(depth: Int) throws -> ProductRunner {
    try ProductRunner(sequence(depth: depth), backend: backend)
  }
}

extension SegFormerWorker: BackboneWorker {
  public func forward(
    _ pixels: UnsafeBufferPointer<Float>, _ wanted: some Sequence<SegFormerOutput>,
    emit: (SegFormerOutput, UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    try forward(pixels, SegFormerOutputs(wanted), emit: emit)
  }

  public func lastBlock(_ wanted: some Sequence<SegFormerOutput>) -> Int {
    SegFormerOutputs(wanted).lastBlock(of: backbone.configuration)
  }
}
