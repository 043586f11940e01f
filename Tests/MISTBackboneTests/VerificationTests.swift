import Foundation
import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTBackbone

@Suite("Verification")
struct VerificationTests {
  @Test func namesTheFirstBlockThatDiverges() throws {
    let result = try verify { $0["F2"]?[100] += 1 }
    #expect(!result.passed)
    #expect(result.firstDivergent?.name == "F2")
    #expect(result.firstDivergent?.place == "block 2")
    #expect(result.comparisons.filter { !$0.passed }.count == 1)
  }

  @Test func aNaNOnEitherSideDiverges() throws {
    let golden = try verify { $0["gather_k2"]?[0] = .nan }
    #expect(golden.firstDivergent?.name == "gather_k2")
    #expect(golden.firstDivergent?.maxAbsoluteError.isNaN == true)
    let model = try verify { $0["input"]?[0] = .nan }
    #expect(model.firstDivergent?.name == "F0")
    #expect(model.firstDivergent?.relativeError.isNaN == true)
  }

  @Test func unknownNamesAreListedAndSkipped() throws {
    let result = try verify {
      $0["scores"] = [1, 2]
      $0["F01"] = [1]
      $0["gather_k-1"] = [1]
    }
    #expect(result.passed)
    #expect(Set(result.skipped) == ["scores", "F01", "gather_k-1"])
  }

  @Test func badGoldensAreErrors() throws {
    #expect(try code { $0.removeValue(forKey: "input") } == .goldenMissingInput)
    #expect(try code(shapes: ["input": [2, 1, 32, 96]]) == .goldenInputShape)
    #expect(try code(shapes: ["F1": [17, 2, 24]]) == .goldenShapeMismatch)
    #expect(try code { $0["F9"] = $0["F1"] } == .goldenDepth)
    #expect(try code { $0["gather_k4"] = $0["F1"] } == .goldenDepth)
    #expect(try code { $0 = ["input": $0["input"] ?? [], "other": [1]] } == .goldenEmpty)
  }

  @Test func toleranceFollowsTheCoarsestType() {
    func tolerance(_ types: [DType]) -> Double {
      Verification.Tolerance.of(types.map { TensorInfo(name: "", dtype: $0, shape: [1]) })
    }
    #expect(tolerance([.f32, .f32]) == 1e-4)
    #expect(tolerance([.f32, .f16]) == Verification.Tolerance.f16)
    #expect(tolerance([.f16, .bf16]) == Verification.Tolerance.bf16)
    let matrix = TensorInfo(name: "", dtype: .f32, shape: [2, 2])
    let vector = TensorInfo(name: "", dtype: .bf16, shape: [2])
    #expect(Verification.Tolerance.of([matrix, vector]) == 1e-4)
  }

  private func code(
    shapes: [String: [Int]] = [:], _ change: (inout [String: [Float]]) -> Void = { _ in }
  ) throws -> ErrorCode? {
    (#expect(throws: MISTError.self) { _ = try verify(shapes: shapes, change) })?.code
  }

  /// Verifies a fixture against its golden after `change`; shapes stay those of the golden, or `[1, 1, count]` for new names.
  private func verify(
    shapes: [String: [Int]] = [:], _ change: (inout [String: [Float]]) -> Void
  ) throws -> Verification {
    let model = try FixtureModel.named("timm-vit")
    let original = try SafetensorsArchive(path: Fixture.path("vit/timm-vit/golden.safetensors"))
    var values: [String: [Float]] = [:]
    for tensor in original.tensors {
      values[tensor.name] = try original.withBytes(of: tensor.name) {
        try FloatConversion.floats($0, dtype: .f32)
      }
    }
    change(&values)
    return try Fixture.withTemporaryFolder { folder in
      let path = folder + "/golden.safetensors"
      let infos = values.sorted { $0.key < $1.key }.map { name, floats in
        let like = original.info(name) ?? (floats.count > 16 ? original.info("F1") : nil)
        return TensorInfo(
          name: name, dtype: .f32, shape: shapes[name] ?? like?.shape ?? [1, 1, floats.count])
      }
      var writer = try SafetensorsWriter(path: path, tensors: infos)
      for info in infos { try writer.append(info.name, floats: values[info.name] ?? []) }
      try writer.finish()
      return try model.verify(GoldenFile(path: path), .automatic)
    }
  }
}
