import Foundation
import MISTFormats
import MISTModels
import TestSupport
import Testing

/// What `config.json` says is read, known to be neutral, or refused by name.
@Suite struct KnownKeysTests {
  /// Plans the conversion of a fixture's weights beside its own configuration with `changes` in it; null takes a key away.
  private func plan(_ fixture: String, _ changes: String) throws -> ConversionPlan {
    try Fixture.withTemporaryFolder { folder in
      let source = Fixture.path(fixture)
      try FileManager.default.copyItem(
        atPath: source + "/model.safetensors", toPath: folder + "/model.safetensors")
      let own = try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: source + "/config.json")))
      let other = try JSONSerialization.jsonObject(with: Data(changes.utf8))
      let config = merged(own, other)
      try JSONSerialization.data(withJSONObject: config).write(
        to: URL(fileURLWithPath: folder + "/config.json"))
      return try Conversion(ModelSource(path: folder)).plan
    }
  }

  private func merged(_ a: Any, _ b: Any) -> Any {
    guard let a = a as? [String: Any], let b = b as? [String: Any] else { return b }
    return a.merging(b) { merged($0, $1) }
  }

  @Test(
    "Keys that change what a model computes",
    arguments: [
      ("vit/timm-vit", #"{"model_args": {"act_layer": "relu"}}"#, "model_args.act_layer"),
      ("vit/timm-vit", #"{"model_args": {"act_layer": "gelu_tanh"}}"#, "model_args.act_layer"),
      ("vit/timm-vit", #"{"model_args": {"mlp_layer": "GluMlp"}}"#, "model_args.mlp_layer"),
      ("vit/timm-vit", #"{"model_args": {"norm_layer": "rmsnorm"}}"#, "model_args.norm_layer"),
      ("vit/timm-vit", #"{"model_args": {"block_fn": "ResPostBlock"}}"#, "model_args.block_fn"),
      ("vit/timm-vit", #"{"model_args": {"qk_norm": true}}"#, "model_args.qk_norm"),
      ("vit/timm-vit", #"{"model_args": {"attn_layer": "diff"}}"#, "model_args.attn_layer"),
      ("vit/timm-vit", #"{"model_args": {"dynamic_img_pad": true}}"#, "model_args.dynamic_img_pad"),
      ("vit/timm-vit", #"{"model_args": {"pool_include_prefix": true}}"#, "model_args.pool_include_prefix"),
      ("vit/timm-vit", #"{"model_args": {"never_heard_of": 1}}"#, "model_args.never_heard_of"),
      ("vit/timm-vit", #"{"architecture": "vit_base_patch16_rpn_224"}"#, "architecture"),
      ("vit/hf-vit", #"{"hidden_act": "gelu_new"}"#, "hidden_act"),
      ("vit/hf-vit", #"{"model_type": "beit"}"#, "model_type"),
      ("vit/hf-vit", #"{"use_relative_position_bias": true}"#, "use_relative_position_bias"),
      ("vit/hf-vit", #"{"pruned_heads": {"0": [1]}}"#, "pruned_heads"),
      ("vit/hf-vit", #"{"quantization_config": {"bits": 8}}"#, "quantization_config"),
      ("segformer/hf-segformer-hub", #"{"align_corners": true}"#, "align_corners"),
      ("dinov3/hf", #"{"key_bias": true}"#, "key_bias"),
      ("dinov3/hf", #"{"rope_parameters": {"rope_theta": 10}}"#, "rope_parameters"),
      ("dinov3/timm", #"{"model_args": {"rope_rotate_half": false}}"#, "model_args.rope_rotate_half"),
      ("dinov3/timm", #"{"model_args": {"use_abs_pos_emb": true}}"#, "model_args.use_abs_pos_emb"),
      ("dinov3/timm", #"{"architecture": "vit_base_patch16_dinov3_mixed"}"#, "architecture"),
    ])
  func refused(_ fixture: String, _ changes: String, _ place: String) {
    let error = #expect(throws: MISTError.self) { _ = try plan(fixture, changes) }
    #expect(error?.code == .convertUnsupportedModel)
    #expect(error?.place == place)
  }

  /// A value of another kind would be as if it were not there.
  @Test(
    "Values of another kind",
    arguments: [
      ("vit/timm-vit", #"{"model_args": {"num_heads": "3"}}"#), ("vit/timm-vit", #"{"model_args": [3]}"#),
      ("vit/hf-vit", #"{"hidden_act": ["gelu"]}"#), ("vit/hf-vit", #"{"layer_norm_eps": "1e-3"}"#),
      ("dinov3/hf", #"{"rope_theta": "10"}"#), ("segformer/hf-segformer-hub", #"{"hidden_act": 1}"#),
    ])
  func kinds(_ fixture: String, _ changes: String) {
    let error = #expect(throws: MISTError.self) { _ = try plan(fixture, changes) }
    #expect(error?.code == .convertBadConfigurationFile)
  }

  @Test(
    "Keys that change nothing",
    arguments: [
      (
        "vit/timm-vit",
        #"{"model_args": {"act_layer": "gelu", "drop_path_rate": 0.1, "weight_init": "jax", "block_fn": null, "qk_norm": false}}"#
      ),
      ("vit/timm-vit", #"{"model_args": {"norm_layer": "layernorm", "pos_embed": "learn"}}"#),
      ("vit/timm-vit", #"{"library_name": "timm", "tags": ["mine"]}"#),
      (
        "vit/hf-vit", #"{"pooler_act": "gelu", "attention_probs_dropout_prob": 0.1, "top_k": 50, "_mine": 1}"#
      ),
      ("segformer/hf-segformer-hub", #"{"downsampling_rates": [1, 4, 8, 16], "image_size": 224}"#),
      ("dinov3/hf", #"{"pos_embed_rescale": 2.0, "attention_dropout": 0.1, "pruned_heads": {}}"#),
    ])
  func neutral(_ fixture: String, _ changes: String) throws {
    #expect(try plan(fixture, changes).configuration == plan(fixture, "{}").configuration)
  }

  @Test(
    "What a key says of parts must be what the tensors show",
    arguments: [
      #"{"model_args": {"init_values": 0.1}}"#, #"{"model_args": {"pre_norm": true}}"#,
      #"{"model_args": {"qkv_bias": false}}"#, #"{"model_args": {"no_embed_class": true}}"#,
      #"{"model_args": {"mlp_ratio": 3}}"#,
    ])
  func contradictions(_ changes: String) {
    let error = #expect(throws: MISTError.self) { _ = try plan("vit/timm-vit", changes) }
    #expect(error?.code == .convertConfigurationMismatch)
  }

  /// timm gives a gated MLP the activation of the model, which is a GELU unless it says otherwise.
  @Test func aGatedMLPNeedsItsActivation() throws {
    #expect(try plan("vit/timm-swiglu", "{}").vit.mlp == .swiglu)
    let error = #expect(throws: MISTError.self) {
      _ = try plan("vit/timm-swiglu", #"{"model_args": {"act_layer": null}}"#)
    }
    #expect(error?.code == .convertUnsupportedModel)
    let plain = #expect(throws: MISTError.self) {
      _ = try plan("vit/timm-vit", #"{"model_args": {"act_layer": "silu"}}"#)
    }
    #expect(plain?.code == .convertUnsupportedModel)
  }
}
