import Foundation
import MISTEdge
import MISTFeatures
import MISTFormats
import MISTTuning
import TestSupport
import Testing

/// Training and evaluation refuse what they can learn or measure nothing from.
@Suite struct NothingToLearnTests {
  private func recipe() -> Recipe<Masks> {
    var recipe = Recipe<Masks>()
    recipe.feature = .gather(4)
    recipe.epochs = 1
    recipe.batch = 4
    return recipe
  }

  /// Samples whose masks are 255 but for one pixel at `labelled`, if any.
  private func samples(labelled: (y: Int, x: Int)?) -> Samples<Masks> {
    let maps = DrawnMaps(count: 4, task: .local, stream: 3)
    let targets = MaskTargets(size: MapSize(height: maps.maskHeight, width: maps.maskWidth)) { index, mask in
      mask.update(repeating: 255)
      if let labelled, index == 3 { mask[labelled.y * maps.maskWidth + labelled.x] = 1 }
    }
    return Samples(maps, targets)
  }

  @Test func masksWithoutALabelledPixel() throws {
    let nothing = samples(labelled: nil)
    #expect(try !nothing.hasTarget())
    let error = #expect(throws: MISTError.self) { try nothing.checkTargets("split 'val'") }
    #expect(error?.code == .trainingNoTargets && error?.code.exit == .badData)
    #expect(error?.problem == "split 'val': none of its 4 images has a labelled pixel")
    #expect(try samples(labelled: (0, 0)).hasTarget())
    #expect(try DrawnFeatures.data(.direction, train: 3, validation: 1).train.hasTarget())
  }

  /// The one labelled pixel lies between the positions of the head's output.
  @Test func labelsThatTheOutputDoesNotMeet() throws {
    let data = TrainingData<Masks>(
      train: samples(labelled: (0, 0)), validation: samples(labelled: (0, 0)), classes: DrawnMaps.classes)
    let error = #expect(throws: MISTError.self) {
      try TrainingRun.run(recipe(), data: data, seed: 0, threads: 1)
    }
    #expect(error?.code == .trainingNoTargets)
  }

  /// A NaN in the validation split is named, and so is one in what is trained on.
  @Test(arguments: ["train-00001-of-00006", "val-00000-of-00002"])
  func featuresThatAreNoNumbers(_ shard: String) throws {
    try Fixture.withTemporaryFolder { folder in
      let path = try DrawnStore.make(in: folder, dtype: .f16).path
      let file = URL(fileURLWithPath: "\(path)/\(shard).safetensors")
      let archive = try SafetensorsArchive(path: file.path)
      let values = Data(try archive.withBytes(of: "k4") { [UInt8]($0) })
      var bytes = try Data(contentsOf: file)
      let start = try #require(bytes.range(of: values)).lowerBound
      // Sample 1, token 0, channel 5.
      let place = start + 2 * (9 * 16 + 5)
      bytes.replaceSubrange(place..<place + 2, with: [0x00, 0x7E])
      try bytes.write(to: file)
      let data = try TrainingData<Classes>.open(FeatureStore(path: path), seed: 0).data
      var recipe = Recipe<Classes>()
      recipe.method = .linear
      recipe.feature = .gather(4)
      recipe.epochs = 2
      let error = #expect(throws: MISTError.self) {
        try TrainingRun.run(recipe, data: data, seed: 0, threads: 2)
      }
      #expect(error?.code == .featuresNotFinite && error?.file == file.path)
      #expect(error?.place == "tensor 'k4', sample 1, token 0, channel 5")
    }
  }

  @Test func aValidationLossThatIsNoNumberEndsTraining() throws {
    struct Unchecked: SplitFeatures {
      let like: DrawnFeatures
      var count: Int { like.count }
      var stored: [Feature] { like.stored }
      func tensors(of feature: Feature) -> [MapLevel] { like.tensors(of: feature) }
      func readTensor(
        _ index: Int, _ feature: Feature, tensor: Int, tokens: [Int]?,
        into destination: UnsafeMutableBufferPointer<Float>
      ) throws {
        try like.readTensor(index, feature, tensor: tensor, tokens: tokens, into: destination)
        destination[0] = .nan
      }
    }
    let plain = DrawnFeatures.data(.direction, train: 6, validation: 3)
    let features = Unchecked(
      like: DrawnFeatures(count: 3, channels: 16, tokenCount: 9, classes: 3, task: .direction, stream: 2))
    let data = TrainingData<Classes>(
      train: plain.train, validation: Samples(features, [0, 1, 2]), classes: 3)
    var recipe = Recipe<Classes>()
    recipe.method = .linear
    recipe.feature = .gather(4)
    recipe.epochs = 1
    let error = #expect(throws: MISTError.self) {
      try TrainingRun.run(recipe, data: data, seed: 0, threads: 1)
    }
    #expect(error?.code == .trainingDiverged && error?.problem.hasPrefix("the validation loss") == true)
  }
}
