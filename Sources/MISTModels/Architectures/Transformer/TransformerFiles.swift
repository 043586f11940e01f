import MISTFormats

/// What the `config.json` of any transformer says under the same keys, in transformers' files and in timm's.
extension ConfigurationHints {
  /// Whether a `config.json` is timm's, and not transformers'.
  static func isTimm(_ json: ForeignJSON) -> Bool { json.has("pretrained_cfg") || json.has("architecture") }

  /// Of transformers' file: sizes, and whether the input has three channels.
  /// Throws `convert.unsupported-model`.
  init(huggingFace json: ForeignJSON) throws {
    self.init(origin: "config.json")
    width = json.int("hidden_size")
    depth = json.int("num_hidden_layers")
    heads = json.int("num_attention_heads")
    patchSize = json.int("patch_size")
    imageSize = json.size("image_size")
    epsilon = json.double("layer_norm_eps").map { Float($0) }
    if let channels = json.int("num_channels"), channels != 3 {
      throw json.unsupported("num_channels", "it takes \(channels) channels instead of 3")
    }
  }

  /// Of timm's file: sizes, from `model_args` where it has them, and the classifier. `registers`: the argument that counts
  /// register tokens.
  init(timm json: ForeignJSON, registers: String) {
    self.init(origin: "config.json")
    width = json.int("num_features")
    if let arguments = json.object("model_args") {
      width = arguments.int("embed_dim") ?? width
      depth = arguments.int("depth")
      heads = arguments.int("num_heads")
      patchSize = arguments.int("patch_size")
      imageSize = arguments.size("img_size")
      registerTokens = arguments.int(registers)
    }
    if imageSize == nil, let input = json.timmPixels?.doubles("input_size"),
      input.count == 3, let size = [Int(exactly: input[1]), Int(exactly: input[2])] as? [Int]
    {
      imageSize = size
    }
    pooling = json.timmPooling
    (classCount, classNames) = (json.int("num_classes"), json.strings("label_names"))
    if classNames?.count != classCount { classNames = nil }
  }
}

extension ForeignJSON {
  /// timm's name of the model; empty where the file has none.
  var timmArchitecture: String {
    string("architecture") ?? object("pretrained_cfg")?.string("architecture") ?? ""
  }

  /// timm's `model_args`, or nil. Throws `convert.bad-configuration-file` when they are no object.
  func timmArguments() throws -> ForeignJSON? {
    guard has("model_args") else { return nil }
    guard let arguments = object("model_args") else {
      throw MISTError(
        .convertBadConfigurationFile, file: file, at: "model_args",
        "it says \(text("model_args")), and an object is expected")
    }
    return arguments
  }

  /// Throws `convert.unsupported-model` unless `hidden_act` is one of `usual`, which `only` describes.
  func checkActivation(_ usual: [String], only: String) throws {
    if let activation = string("hidden_act"), !usual.contains(activation) {
      throw unsupported("hidden_act", "its MLP uses \(quoted(activation)), and \(only)")
    }
  }

  /// Throws `convert.unsupported-model` unless `model_type` is absent or one of `types`, which are those of a `kind`.
  func checkType(_ types: Set<String>, of kind: String) throws {
    if let type = string("model_type"), !types.contains(type) {
      throw unsupported(
        "model_type", "it describes a model of type \(quoted(type)), and the tensors are read as a \(kind)'s")
    }
  }

  func unsupported(_ key: String, _ problem: String) -> MISTError {
    MISTError(.convertUnsupportedModel, file: file, at: key, problem)
  }
}
