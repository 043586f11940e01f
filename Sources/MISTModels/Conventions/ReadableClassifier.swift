import MISTFormats

extension Reading {
  /// The same reading where a classifier counts as left out unless it is a linear layer on the tokens after the last norm: one behind
  /// further layers, of another width, or of tokens pooled otherwise is a function that a configuration cannot say.
  /// `pooling` is what timm's `global_pool` says.
  func leavingOutOtherClassifiers(pooling: String? = nil) -> Reading {
    guard has(.classifier) else { return self }
    var reading = self
    if let problem = obstacle(pooling) { reading.leaveOut(.classifier, pattern: problem) }
    return reading
  }

  /// Why the classifier is none, or nil.
  private func obstacle(_ pooling: String?) -> String? {
    for glob in convention.beforeClassifier {
      let stands = ignored.contains { item in
        prefix.readings(of: item.tensor.name).contains { NamePattern.matches($0, glob: glob) }
      }
      if stands { return "a classifier behind \(glob)" }
    }
    if has(.decodeHead) { return "a classifier beside a decode head" }
    if let pooling, !["token", "avg"].contains(pooling) {
      return "a classifier of tokens pooled by \(quoted(pooling))"
    }
    // What is missing or of a wrong rank is for those who need it to say.
    guard let (weight, row) = place("classifier.weight"), weight.shape.count == 2,
      let width = convention.family.width(self)
    else {
      return nil
    }
    let columns = row.transform.canonicalShape(of: weight.shape)[1]
    return columns == classifierInput(pooling).columns(width: width)
      ? nil : "a classifier of \(columns) channels"
  }

  /// What the convention's classifiers read.
  func classifierInput(_ pooling: String?) -> ImageClassifier.Input {
    convention.family.classifierInput(self, pooling: pooling)
  }
}
