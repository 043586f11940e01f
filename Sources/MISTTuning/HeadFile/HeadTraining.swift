/// How a head came to be, for people.
package struct HeadTraining: Hashable, Sendable {
  package var recipe: JSONValue
  package var seed: UInt64
  /// The epoch whose parameters these are.
  package var keptEpoch: Int
  package var trainCount: Int
  package var validationCount: Int
  /// Validation results of that epoch by their names: `loss`, `accuracy`, `meanIoU` ….
  package var validation: [String: Double]

  /// Of a trial on `data`. Throws `bug` for a recipe that is no JSON.
  package init<Task>(_ trial: Trial<Task>, data: TrainingData<Task>) throws {
    recipe = try JSONValue(trial.recipe)
    seed = trial.seed
    keptEpoch = trial.keptEpoch
    trainCount = data.train.count
    validationCount = data.validation.count
    let kept = trial.validation.kept
    validation = Dictionary(kept.figures.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    validation["loss"] = kept.loss
  }
}

extension HeadTraining: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: FigureKey.self)
    recipe = try container.decode(JSONValue.self, forKey: FigureKey("recipe"))
    seed = try container.decode(UInt64.self, forKey: FigureKey("seed"))
    keptEpoch = try container.decode(Int.self, forKey: FigureKey("keptEpoch"))
    trainCount = try container.decode(Int.self, forKey: FigureKey("trainCount"))
    validationCount = try container.decode(Int.self, forKey: FigureKey("validationCount"))
    validation = [:]
    for key in container.allKeys where key.stringValue != "validationCount" {
      guard let figure = key.figure else { continue }
      validation[figure] = try container.decode(Double.self, forKey: key)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: FigureKey.self)
    try container.encode(recipe, forKey: FigureKey("recipe"))
    try container.encode(seed, forKey: FigureKey("seed"))
    try container.encode(keptEpoch, forKey: FigureKey("keptEpoch"))
    try container.encode(trainCount, forKey: FigureKey("trainCount"))
    try container.encode(validationCount, forKey: FigureKey("validationCount"))
    for (figure, value) in validation { try container.encode(value, forKey: FigureKey(validation: figure)) }
  }
}
