import MISTEdge
import MISTFeatures
import MISTFormats
import MISTTuning
import Testing

@Suite("Training on maps")
struct MapTrainingTests {
  private func recipe(
    _ head: MaskOptions.Head, _ lae: MaskOptions.Attention, _ change: (inout Recipe<Masks>) -> Void = { _ in }
  ) -> Recipe<Masks> {
    var recipe = Recipe<Masks>()
    recipe.head = head
    recipe.lae = lae
    recipe.feature = .gather(4)
    recipe.depth = 2
    recipe.rank = 4
    recipe.hidden = 12
    recipe.rate = 2e-2
    recipe.epochs = 12
    recipe.batch = 4
    change(&recipe)
    return recipe
  }

  @Test("either head learns what positions say themselves", arguments: MaskOptions.Head.allCases)
  func local(_ kind: MaskOptions.Head) throws {
    let head = try TrainingRun.run(
      recipe(kind, .none), data: DrawnMaps.data(.local, train: 24, validation: 8), seed: 0, threads: 2)
    // Borders of masks cross the cells of the grid, so not every pixel can be right.
    #expect(head.trial.validation.meanIoU > 0.8)
    #expect(head.trial.epochs.last!.loss < 0.5 * head.trial.epochs.first!.loss)
  }

  @Test("what one position says about all takes attention")
  func marked() throws {
    let data = DrawnMaps.data(.marked, train: 96, validation: 16)
    func iou(_ lae: MaskOptions.Attention) throws -> Double {
      try TrainingRun.run(recipe(.linear, lae) { $0.epochs = 25 }, data: data, seed: 0, threads: 2)
        .trial.validation.meanIoU
    }
    let without = try iou(.none)
    let with = try iou(.final)
    #expect(with > without + 0.15, "\(with) against \(without)")
  }

  @Test("the same seed gives the same numbers with any number of threads, another seed others")
  func threads() throws {
    let data = DrawnMaps.data(.marked, train: 10, validation: 5)
    let recipes = [
      recipe(.linear, .none), recipe(.mlp, .final) { $0.dropout = 0.3 },
      recipe(.mlp, .all) {
        $0.inputNorm = true
        $0.schedule = .poly(power: 0.9, warmup: 3)
      },
    ]
    for var recipe in recipes {
      recipe.epochs = 2
      let heads = try [1, 2, 3, 4].map { try TrainingRun.run(recipe, data: data, seed: 7, threads: $0) }
      for head in heads.dropFirst() {
        #expect(head.parameters.map(\.bitPattern) == heads[0].parameters.map(\.bitPattern))
        #expect(head.trial.validation.loss == heads[0].trial.validation.loss)
        #expect(head.trial.validation.confusion == heads[0].trial.validation.confusion)
        #expect(head.trial.validation.resamples == heads[0].trial.validation.resamples)
      }
      let other = try TrainingRun.run(recipe, data: data, seed: 8, threads: 2)
      #expect(other.parameters != heads[0].parameters)
    }
  }

  @Test("the loss is the mean over the labelled positions of the whole batch, as the first step shows")
  func weight() throws {
    // One step of a linear head from zero logits: the bias gradient is softmax less label, averaged, so Adam's first step moves
    // every bias by the rate, towards the classes that are more frequent than a third.
    let data = DrawnMaps.data(.local, train: 4, validation: 1)
    let masks = data.train.targets
    var counts = [Int](repeating: 0, count: 3)
    var mask = [UInt8](repeating: 0, count: masks.size.count)
    for index in 0..<4 {
      try mask.withUnsafeMutableBufferPointer { try masks.read(index, into: $0) }
      for i in 0..<8 {
        for j in 0..<12 {
          let label = mask[((2 * i + 1) * 30 / 16) * 45 + (2 * j + 1) * 45 / 24]
          if label < 3 { counts[Int(label)] += 1 }
        }
      }
    }
    let total = counts.reduce(0, +)
    #expect(total < 4 * 96, "some positions have no label")
    let recipe = recipe(.linear, .none) {
      $0.epochs = 1
      $0.rate = 1e-3
    }
    let shape = Masks.shape(
      recipe, inputs: data.train.features.inputs(of: .gather(4)), targets: masks, classes: 3)
    #expect((shape.dense?.height, shape.dense?.width) == (8, 12))
    let trainer = try Trainer(recipe: recipe, shape: shape, targets: masks, seed: 0, threads: 1)
    let loss = try trainer.runEpoch(0, data.train).loss
    // Initial logits are near zero, so the loss is near log 3: as a mean over positions, whatever their number.
    #expect(abs(loss - 1.0986) < 0.1)
    let bias = trainer.parameters[ParameterTable(shape).range(.bias)]
    for (value, count) in zip(bias, counts) where abs(Double(count) / Double(total) - 1 / 3.0) > 0.08 {
      #expect(abs(abs(value) - 1e-3) < 1e-4)
      #expect((value > 0) == (3 * count > total))
    }
  }

  @Test("images without any label are passed over")
  func unlabelled() throws {
    let maps = DrawnMaps(count: 3, task: .local, stream: 1)
    let one = MaskTargets(size: maps.targets.size) { index, mask in
      if index == 1 { maps.readMask(1, into: mask) } else { mask.update(repeating: 255) }
    }
    let recipe = recipe(.linear, .none) { $0.epochs = 2 }
    func run(_ samples: Samples<Masks>) throws -> TrainedHead<Masks> {
      let data = TrainingData(train: samples, validation: samples, classes: 3)
      return try TrainingRun.run(recipe, data: data, seed: 0, threads: 2)
    }
    let (all, alone) = (try run(Samples(maps, one)), try run(Samples(maps, one, indices: [1])))
    // They add nothing to any sum, and are no images of the mean.
    #expect(all.parameters == alone.parameters)
    #expect(all.parameters != Initialisation.parameters(all.shape, seed: 0))
    #expect(all.trial.validation.pixels == alone.trial.validation.pixels && all.trial.validation.pixels > 0)
    #expect(throws: MISTError.self) { try run(Samples(maps, one, indices: [0, 2])) }
  }

  @Test("held out are whole images, and no view of them is trained on")
  func holdOut() {
    let maps = DrawnMaps(count: 30, task: .local, stream: 1, views: 3)
    let (rest, held) = maps.samples.holdOut(0.2, seed: 3)
    #expect(held.count == 2 && held.indices.allSatisfy(maps.isWhole))
    #expect(rest.count == 24)
    #expect(Set(rest.indices.map(maps.image)).isDisjoint(with: held.indices.map(maps.image)))
    #expect(maps.samples.holdOut(0.2, seed: 4).heldOut.indices != held.indices)
  }
}
