import MISTBackbone
import MISTEdge
import MISTFormats
import MISTInference
import MISTModels
import Testing

/// A library of products in f32 that is asked for together with a precision.
@Suite struct BackendTests {
  private func decide(_ request: PrecisionRequest, _ backend: ProductBackend?) throws -> PrecisionDecision {
    try PrecisionDecision(
      request, DrawnModels([.int8, .bf16, .f32], backend: backend), outputs: [.finalTokens],
      on: MeasuredInputs(count: 0) { _ in nil })
  }

  @Test(arguments: ProductBackend.allCases) func floatsTakeEveryLibrary(_ backend: ProductBackend) throws {
    #expect(try decide(.f32, backend).precision == .f32)
  }

  @Test(arguments: [PrecisionRequest.bf16, .int8, .auto], [ProductBackend.oneDNN, .openBLAS])
  func narrowProductsRefuseLibraries(_ request: PrecisionRequest, _ backend: ProductBackend) {
    let error = #expect(throws: MISTError.self) { try decide(request, backend) }
    #expect(error?.code == .precisionBackend)
    #expect(error?.problem.contains(backend.rawValue) == true)
  }

  @Test(arguments: [PrecisionRequest.bf16, .int8, .auto], [ProductBackend.packed, nil])
  func narrowProductsAreTheSuitesOwn(_ request: PrecisionRequest, _ backend: ProductBackend?) throws {
    #expect(try decide(request, backend).precision == (request == .auto ? .f32 : request.own))
  }
}

extension PrecisionRequest {
  fileprivate var own: Precision? { Precision(rawValue: rawValue) }
}
