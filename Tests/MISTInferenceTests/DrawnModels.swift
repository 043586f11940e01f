import MISTBackbone
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTInference
import MISTModels
import Synchronization

/// Stand-ins for one model in several precisions: features are the pixels, a little beside f32's.
final class DrawnModels: PrecisionFamily, Sendable {
  let native: [Precision]
  let takesCalibration: Bool
  let backend: ProductBackend?
  /// What each precision adds to every other value; NaN for one that gives no numbers, nil for one the model has no products in.
  let errors: [Precision: Float?]
  let opened = Mutex<[Precision]>([])
  let calibrated = Mutex<[Calibration]>([])
  fileprivate let alive = Mutex((now: 0, most: 0))

  init(
    _ native: [Precision], errors: [Precision: Float?] = [:], takesCalibration: Bool = true,
    backend: ProductBackend? = nil
  ) {
    (self.native, self.errors, self.takesCalibration) = (native, errors, takesCalibration)
    self.backend = backend
  }

  /// The most models that were in memory at a time.
  var mostAlive: Int { alive.withLock { $0.most } }

  func open(_ precision: Precision, _ calibration: CalibratedInputs?) throws -> any Backbone {
    opened.withLock { $0.append(precision) }
    if let calibration { calibrated.withLock { $0.append(calibration.record) } }
    guard let error = errors[precision, default: 0] else {
      throw MISTError(.backbonePrecision, "the model has no products in \(precision.rawValue)")
    }
    return DrawnBackbone(self, precision == .f32 ? 0 : error)
  }
}

/// Gives its input as rows of four values.
final class DrawnBackbone: Backbone {
  static let size = MapSize(height: 4, width: 4)
  let imageSize = DrawnBackbone.size
  let kernels = ProductKernels(backend: .openBLAS)
  let kernel = "drawn"
  let parts: [String] = []
  let error: Float
  private let family: DrawnModels

  fileprivate init(_ family: DrawnModels, _ error: Float) {
    (self.family, self.error) = (family, error)
    family.alive.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
  }

  deinit { family.alive.withLock { $0.now -= 1 } }

  func makeWorker(_ outputs: [BackboneOutput]) throws -> any BackboneWorker { Worker(self, outputs) }
  func shape(of output: BackboneOutput) -> [Int]? { [imageSize.count * 3 / 4, 4] }
  func multiplyAdds(depth: Int) -> Int { 0 }
  func productRunner(depth: Int) throws -> ProductRunner { throw MISTError(.bug, "it has no products") }
  func work(of part: Int, depth: Int) -> PartWork { .none }

  private final class Worker: BackboneWorker {
    let outputs: [BackboneOutput]
    let lastBlock = 0
    var onPart: ((Int) -> Void)?
    private let backbone: DrawnBackbone

    init(_ backbone: DrawnBackbone, _ outputs: [BackboneOutput]) {
      (self.backbone, self.outputs) = (backbone, outputs)
    }

    func forward(
      _ pixels: UnsafeBufferPointer<Float>, emit: (Int, UnsafeBufferPointer<Float>) throws -> Void
    ) throws {
      for index in outputs.indices {
        let values = pixels.indices.map { pixels[$0] + ($0 % 2 == 0 ? backbone.error : 0) }
        try values.withUnsafeBufferPointer { try emit(index, $0) }
      }
    }
  }
}
