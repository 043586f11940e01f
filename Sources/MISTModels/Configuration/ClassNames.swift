import MISTFormats

/// What transformers' `config.json` says about the classes that a model scores.
struct ClassNames {
  var count: Int?
  /// Nil where they are only numbered: names that transformers makes up (`LABEL_0`) are none.
  var names: [String]?

  /// By number, `{"0": "wall", …}`. Throws `convert.bad-configuration-file` where a class is left out.
  init(huggingFace json: ForeignJSON) throws {
    guard let map = json.object("id2label") else {
      count = json.int("num_labels")
      return
    }
    count = map.keys.count
    let names = (0..<map.keys.count).map { map.string(String($0)) }
    guard let known = names as? [String] else {
      throw MISTError(
        .convertBadConfigurationFile, file: json.file, at: "id2label",
        "it does not name every class from 0 to \(map.keys.count - 1)")
    }
    if known != known.indices.map({ "LABEL_\($0)" }) { self.names = known }
  }
}
