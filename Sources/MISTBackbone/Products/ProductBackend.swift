import COneDNN
import COpenBLAS
import MISTKernels

/// The library that computes the backbone's matrix products.
package enum ProductBackend: String, CaseIterable, Sendable {
  /// oneDNN: prepacked weights, bias, GELU and residual sum fused into the product.
  case oneDNN = "onednn"
  /// The suite's own kernels: weights packed in panels, bias and residual sum fused into the product.
  case packed
  /// OpenBLAS: plain products, the rest in passes of its own. Runs wherever a BLAS does.
  case openBLAS = "openblas"

  /// oneDNN on AVX-512, where its kernels are the fastest; the suite's own on AVX2; OpenBLAS elsewhere.
  package static var automatic: ProductBackend {
    switch mist_isa_best() {
    case MIST_ISA_AVX512: .oneDNN
    case MIST_ISA_AVX2: .packed
    default: .openBLAS
    }
  }

  /// Library, version, and for OpenBLAS the processor core whose kernels it uses (`OPENBLAS_CORETYPE` overrides its choice).
  package var description: String {
    switch self {
    case .oneDNN:
      let version = Int(mist_dnn_version())
      return "oneDNN \(version / 10000).\(version / 100 % 100).\(version % 100)"
    case .packed:
      return "packed panels, \(Self.instructionSet)"
    case .openBLAS:
      return "OpenBLAS, core \(Self.openBLASCore)"
    }
  }

  /// The processor core whose kernels OpenBLAS uses, such as `SkylakeX`.
  package static var openBLASCore: String { String(cString: openblas_get_corename()) }

  /// The vector instructions that the suite's own kernels use, such as `avx512`.
  package static var instructionSet: String { String(cString: mist_isa_name(mist_isa_best())) }
}
