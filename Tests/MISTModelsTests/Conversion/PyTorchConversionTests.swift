import Foundation
import MISTFormats
import TestSupport
import Testing

@testable import MISTModels

/// PyTorch checkpoints of the models in `Fixtures/vit`, by `Fixtures/pytorch/make.py`.
@Suite struct PyTorchConversionTests {
  /// What the conversion of `source` writes: the tensors' bytes by name, and the configuration.
  private func converted(
    _ source: String, _ options: ConversionOptions = .init()
  ) throws -> (tensors: [TensorInfo: [UInt8]], plan: ConversionPlan) {
    try Fixture.withTemporaryFolder { folder in
      let conversion = try Conversion(ModelSource(path: source), options: options)
      try conversion.run(to: folder + "/out.safetensors")
      let archive = try SafetensorsArchive(path: folder + "/out.safetensors")
      var tensors: [TensorInfo: [UInt8]] = [:]
      for info in archive.tensors { tensors[info] = try archive.withBytes(of: info.name) { [UInt8]($0) } }
      return (tensors, conversion.plan)
    }
  }

  @Test("A folder with a PyTorch file gives what its safetensors gives", arguments: ["timm-vit", "hf-vit"])
  func sameAsSafetensors(_ name: String) throws {
    let pytorch = try converted(Fixture.path("pytorch/" + name))
    let safetensors = try converted(Fixture.path("vit/\(name)/model.safetensors"))
    #expect(pytorch.plan.format == "pytorch")
    #expect(safetensors.plan.format == "safetensors")
    #expect(pytorch.tensors.count > 10)
    #expect(pytorch.tensors == safetensors.tensors)
    #expect(pytorch.plan.configuration == safetensors.plan.configuration)
    #expect(pytorch.plan.preprocessing == safetensors.plan.preprocessing)
    #expect(pytorch.plan.convention == safetensors.plan.convention)
    #expect(pytorch.plan.ignored.map(\.tensor) == safetensors.plan.ignored.map(\.tensor))
  }

  /// Weights and their average in one file: nobody but the user knows which are wanted.
  @Test func severalStateDictsAreForTheUserToChoose() throws {
    let source = Fixture.path("pytorch/timm-vit-averaged")
    let error = #expect(throws: MISTError.self) { try Conversion(ModelSource(path: source)) }
    #expect(error?.code == .convertAmbiguousConvention)
    #expect(error?.description.contains("model_ema.") == true, "\(error?.description ?? "")")
    var options = ConversionOptions()
    options.prefix = "model_ema."
    options.ignore = ["model.*"]
    let average = try converted(source, options)
    options.prefix = "model."
    options.ignore = ["model_ema.*"]
    let last = try converted(source, options)
    #expect(last.tensors == (try converted(Fixture.path("vit/timm-vit/model.safetensors"))).tensors)
    let different = last.tensors.filter { average.tensors[$0.key] != $0.value }
    #expect(different.keys.map(\.name) == ["final_norm.bias"])
  }

  @Test(
    "Folders",
    arguments: [
      (["pytorch_model.bin", "training_args.bin", "config.json"], "pytorch_model.bin"),
      (["pytorch_model.bin", "model.safetensors"], "model.safetensors"),
      (["best.pth", "optimizer.pth"], "best.pth"), (["last.pt", "scheduler.pt", "rng_state.pth"], "last.pt"),
      (["model.bin", "adapter.bin"], "model.bin"), (["weights.bin"], "weights.bin"),
      (["model.onnx", "model.bin"], "model.onnx"),
    ])
  func theModelFileOfAFolderIsFound(names: [String], expected: String) throws {
    try Fixture.withTemporaryFolder { folder in
      for name in names { try Data().write(to: URL(fileURLWithPath: folder + "/" + name)) }
      #expect(try ModelSource.modelFile(folder) == folder + "/" + expected)
    }
  }

  @Test func aFolderWithSeveralCheckpointsIsAmbiguous() throws {
    try Fixture.withTemporaryFolder { folder in
      for name in ["epoch_1.pth", "epoch_2.pth"] {
        try Data().write(to: URL(fileURLWithPath: folder + "/" + name))
      }
      let error = #expect(throws: MISTError.self) { try ModelSource.modelFile(folder) }
      #expect(error?.code == .convertNoModel)
      #expect(error?.description.contains("epoch_1.pth, epoch_2.pth") == true)
    }
  }
}
