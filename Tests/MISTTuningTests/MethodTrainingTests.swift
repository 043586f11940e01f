import MISTEdge
import MISTFormats
import MISTModels
import TestSupport
import Testing

@testable import MISTTuning

@Suite("Training the paper's other methods")
struct MethodTrainingTests {
  /// A model of four blocks whose features `DrawnFeatures` could be.
  private static func configuration(
    mlp: TransformerMLP = .gelu, qkvBias: Bool = true, classToken: Bool = true, finalEpsilon: Float = 1e-6
  ) -> ViTConfiguration {
    var model = ViTConfiguration(
      width: 32, depth: 4, heads: 2, mlpWidth: 24, mlp: mlp, patchSize: 4, imageSize: [8, 16],
      classToken: classToken, qkvBias: qkvBias, layerScale: true)
    model.epsilon.final = finalEpsilon
    return model
  }

  /// The model with a last block that is written to `folder`.
  private static func model(_ configuration: ViTConfiguration, in folder: String) throws -> SourceModel {
    let path = folder + "/last-block.safetensors"
    let all = ModelConfiguration(configuration).details.tensors
    let tensors = all.filter { $0.name.hasPrefix("blocks.3.") || $0.name.hasPrefix("final_norm.") }
    var writer = try SafetensorsWriter(
      path: path, tensors: tensors.map { TensorInfo(name: $0.name, dtype: .f32, shape: $0.shape) },
      metadata: [:])
    for (i, tensor) in tensors.enumerated() {
      let values = (0..<tensor.shape.reduce(1, *)).map { Float($0 * 7919 % 211 + i) / 2000 }
      try writer.append(tensor.name, floats: values)
    }
    try writer.finish()
    return SourceModel(ModelConfiguration(configuration)) { try SafetensorsArchive(path: path) }
  }

  private static func data(_ model: SourceModel?) -> TrainingData<Classes> {
    func split(_ count: Int, _ stream: UInt64) -> Samples<Classes> {
      var features = DrawnFeatures(
        count: count, channels: 32, tokenCount: 9, classes: 3, task: .direction, stream: stream)
      features.stored = (0...4).map(Feature.block)
      return Samples(features, (0..<count).map(features.label))
    }
    return TrainingData(train: split(24, 1), validation: split(12, 2), classes: 3, model: model)
  }

  private static func recipe(_ method: ClassOptions.Method) throws -> Recipe<Classes> {
    var space = SearchSpace<Classes>()
    (space.style, space.methods, space.epochs, space.batch) = (.plain, .only(method), 20, 8)
    (space.rank, space.rates) = (4, [1e-2])
    let stored = (0...4).map(Feature.block)
    return try #require(space.candidates(.method(method), stored: stored).first)
  }

  static let methods: [ClassOptions.Method] = [.partial1, .lst, .last]

  @Test(
    "every method learns, the same for any number of threads, and its head comes back from its file",
    arguments: methods)
  func learns(_ method: ClassOptions.Method) throws {
    try Fixture.withTemporaryFolder { folder in
      let data = try Self.data(Self.model(Self.configuration(), in: folder))
      let recipe = try Self.recipe(method)
      let head = try TrainingRun.run(recipe, data: data, seed: 1, threads: 1)
      let epochs = head.trial.epochs
      #expect(epochs[19].loss < 0.9 * epochs[0].loss)
      #expect(try TrainingRun.run(recipe, data: data, seed: 1, threads: 3).parameters == head.parameters)

      let description = HeadDescription(
        task: .classification, network: HeadNetwork(head.shape, levels: []), feature: recipe.feature,
        classes: ["a", "b", "c"], model: .init(hash: String(repeating: "5c", count: 32), source: "vit"),
        preprocessing: Preprocessing(
          resize: .exact(height: 8, width: 16), crop: nil, interpolation: .bilinear,
          mean: Preprocessing.imageNetMean, std: Preprocessing.imageNetStd), featureDType: "f16")
      try Head(description: description, parameters: head.parameters).write(to: folder + "/head.safetensors")
      let read = try Head.read(folder + "/head.safetensors")
      #expect(read.shape == head.shape && read.parameters == head.parameters)
      #expect(read.description == description)
    }
  }

  @Test("what each method reads")
  func features() throws {
    #expect(try Self.recipe(.partial1).feature == .block(3))
    #expect(try Self.recipe(.lst).feature == .ladder(1))
    #expect(try Self.recipe(.last).feature == .ladder(2))
    var space = SearchSpace<Classes>()
    space.methods = .only(.last)
    #expect(space.candidates(.method(.last), stored: [.gather(4)]).isEmpty)
    space.features = [.ladder(1), .gather(4)]
    #expect(
      Set(space.candidates(.method(.last), stored: (0...4).map(Feature.block)).map(\.feature)) == [.ladder(1)]
    )
    #expect(space.candidates(.method(.partial1), stored: [.block(3)]).isEmpty)
    space.features = nil
    #expect(
      Set(space.candidates(.method(.partial1), stored: [.block(3), .gather(4)]).map(\.feature)) == [.block(3)]
    )
  }

  @Test("Partial-1 goes on from the model's last block and final norm, and draws its classifier")
  func start() throws {
    try Fixture.withTemporaryFolder { folder in
      let data = try Self.data(Self.model(Self.configuration(), in: folder))
      var recipe = try Self.recipe(.partial1)
      (recipe.epochs, recipe.rate) = (1, 1e-12)
      let head = try TrainingRun.run(recipe, data: data, seed: 1, threads: 1)
      let archive = try SafetensorsArchive(path: folder + "/last-block.safetensors")
      let table = ParameterTable(head.shape)
      for parameter in table.parameters where parameter.name.text.description.hasPrefix("classifier") == false
      {
        let name = table.fileName(of: parameter, in: head.shape)
        let source =
          name.hasPrefix("norm.") ? "final_" + name : "blocks.3." + name.dropFirst("blocks.0.".count)
        #expect(try #require(archive.info(source)).shape == parameter.shape)
        try archive.withBytes(of: source) { bytes in
          for (i, value) in head.parameters[parameter.range].enumerated() {
            let given = bytes.loadUnaligned(fromByteOffset: 4 * i, as: Float.self)
            #expect(abs(value - given) < 1e-6)
          }
        }
      }
      #expect(head.parameters[table.range(.classifier)].contains { abs($0) > 0.01 })
    }
  }

  @Test("a model that a method does not go with is refused by what it is")
  func refused() throws {
    try Fixture.withTemporaryFolder { folder in
      func expect(
        _ method: ClassOptions.Method, _ configuration: ViTConfiguration?, _ word: String,
        code: ErrorCode = .trainingUnsupportedModel
      ) throws {
        let model = try configuration.map { try Self.model($0, in: folder) }
        #expect {
          try TrainingRun.run(Self.recipe(method), data: Self.data(model), seed: 0, threads: 1)
        } throws: { error in
          guard let error = error as? MISTError else { return false }
          return error.code == code && "\(error)".contains(word)
        }
      }
      try expect(.partial1, Self.configuration(mlp: .swiglu), "swiglu")
      try expect(.partial1, Self.configuration(qkvBias: false), "no bias")
      try expect(.partial1, Self.configuration(finalEpsilon: 1e-5), "epsilons")
      for method in Self.methods {
        try expect(method, Self.configuration(classToken: false), "class token")
        try expect(method, nil, "nothing is known")
      }
      var deeper = Self.configuration()
      deeper.depth = 5
      #expect(throws: MISTError.self) {
        try TrainingRun.run(
          Self.recipe(.partial1),
          data: Self.data(SourceModel(ModelConfiguration(deeper)) { throw MISTError(.bug, "not asked for") }),
          seed: 0, threads: 1)
      }
    }
  }

  @Test("sums of gradients are few where each is large, whatever the threads")
  func lanes() {
    let block = TransformerShape(width: 16, heads: 2)
    #expect(NetworkShape(tokens: 9, channels: 16, classes: 3).gradientLanes == 4)
    #expect(
      NetworkShape(body: .injected, inputs: 3, tokens: 9, channels: 16, classes: 3).gradientLanes == 4)
    #expect(
      NetworkShape(body: .transformer(block), inputs: 1, tokens: 9, channels: 16, classes: 3).gradientLanes
        == 2)
  }
}
