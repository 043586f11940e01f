import MISTFormats

/// What is known of the keys of another project's JSON object. A key that nobody reads says something that is not understood, and a
/// model whose configuration is not understood would silently become another function.
struct KnownKeys {
  /// The only values at which a key asks for nothing that the backbone does not compute.
  enum Value {
    /// False, 0, an empty text or list, or no value.
    case off
    /// True, or no value.
    case on
    case number(Double)
    case text(Set<String>)
  }

  /// What the value of a key that is read must be.
  enum Kind: String {
    case whole = "a whole number"
    case number = "a number"
    case numbers = "a list of numbers"
    case text = "a text"
    case flag = "true or false"
    /// One for height and width, or both.
    case size = "a size in whole numbers"
    /// Whoever reads it says what is wrong with it.
    case any = "anything"
  }

  /// Keys that are read elsewhere.
  var read: [String: Kind] = [:]
  /// Keys that say nothing about what a trained model computes: training, other tools, people.
  var neutral: Set<String> = []
  /// Keys of what is not supported, with the value that leaves it out.
  var fixed: [String: Value] = [:]

  static func + (a: KnownKeys, b: KnownKeys) -> KnownKeys {
    KnownKeys(
      read: a.read.merging(b.read) { $1 }, neutral: a.neutral.union(b.neutral),
      fixed: a.fixed.merging(b.fixed) { $1 })
  }

  /// Throws an error of `code` for the first key of `json`, in order, that is unknown or has a value that is not supported, and
  /// `convert.bad-configuration-file` for one that is read and has a value of another kind: it would be as if it were not there.
  /// `place` is the object that it lies in, as in `model_args.`; `subject` what the keys are about.
  func check(
    _ json: ForeignJSON, in place: String = "", subject: String = "the model",
    code: ErrorCode = .convertUnsupportedModel
  ) throws {
    for key in json.keys where json.has(key) && !neutral.contains(key) {
      if let kind = read[key] {
        guard !json.isOf(kind, at: key) else { continue }
        throw MISTError(
          .convertBadConfigurationFile, file: json.file, at: place + key,
          "it says \(json.text(key)), and \(kind.rawValue) is expected")
      }
      // What libraries keep for themselves.
      if key.hasPrefix("_") { continue }
      let said = json.text(key)
      guard let value = fixed[key] else {
        throw MISTError(
          code, file: json.file, at: place + key,
          "it says \(said), and what that changes about \(subject) is not known here",
          advice:
            "if it changes nothing about \(subject), remove it from the file, and compare with mist verify")
      }
      guard !json.holds(value, at: key) else { continue }
      throw MISTError(
        code, file: json.file, at: place + key,
        "it says \(said), and only \(value.words) is supported")
    }
  }
}

extension KnownKeys.Value {
  /// For people, as in "only … is supported".
  fileprivate var words: String {
    switch self {
    case .off: "false or none"
    case .on: "true"
    case .number(let number): ForeignJSON.text(number)
    case .text(let texts): texts.sorted().map(quoted).joined(separator: " or ")
    }
  }
}

extension ForeignJSON {
  fileprivate func isOf(_ kind: KnownKeys.Kind, at key: String) -> Bool {
    switch kind {
    case .whole: int(key) != nil
    case .number: double(key) != nil
    case .numbers: doubles(key) != nil
    case .text: string(key) != nil
    case .flag: bool(key) != nil
    case .size: size(key) != nil
    case .any: true
    }
  }

  /// Whether `key` has the value.
  fileprivate func holds(_ value: KnownKeys.Value, at key: String) -> Bool {
    switch value {
    case .off: isOff(key)
    case .on: bool(key) == true
    case .number(let number): double(key) == number
    case .text(let texts): string(key).map(texts.contains) ?? false
    }
  }

  /// Whether `key` is absent, false, zero or empty.
  func isOff(_ key: String) -> Bool {
    !has(key) || double(key) == 0 || string(key)?.isEmpty == true || isEmpty(key)
  }
}
