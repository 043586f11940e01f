import COneDNN
import COpenBLAS
import MISTKernels

/// The library that computes the backbone's matrix products.
public enum ProductBackend: String, CaseIterable, Sendable {
  /// oneDNN: prepacked weights, bias, GELU and residual sum fused into the product.
  case oneDNN = "onednn"
  /// OpenBLAS: plain products, the rest in passes of its own. Runs wherever a BLAS does.
  case openBLAS = "openblas"

  /// oneDNN where its kernels are compiled for this processor's vectors; OpenBLAS elsewhere.
  public static var automatic: ProductBackend {
    #if arch(x86_64)
      mist_isa_best() == MIST_ISA_SCALAR ? .openBLAS : .oneDNN
    #else
      .openBLAS
    #endif
  }

  /// Library, version, and for OpenBLAS the processor core whose kernels it uses (`OPENBLAS_CORETYPE` overrides its choice).
  public var description: String {
    switch self {
    case .oneDNN:
      let version = Int(mist_dnn_version())
      return "oneDNN \(version / 10000).\(version / 100 % 100).\(version % 100)"
    case .openBLAS:
      return "OpenBLAS, core \(Self.openBLASCore)"
    }
  }

  /// The processor core whose kernels OpenBLAS uses, such as `SkylakeX`.
  public static var openBLASCore: String { String(cString: openblas_get_corename()) }

  /// The vector instructions that the suite's own kernels use, such as `avx512`.
  public static var instructionSet: String { String(cString: mist_isa_name(mist_isa_best())) }
}
