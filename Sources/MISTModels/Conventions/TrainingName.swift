/// What training puts inside the names of a model's tensors, and what says nothing about the model: wrappers around single modules, and
/// the chunks that DINOv2 divides its blocks into.
enum TrainingName {
  /// Components that a wrapper adds: `torch.compile`, activation checkpoints, PyTorch's and fairscale's FSDP, data-parallel training.
  static let wrappers: Set<String> = [
    "_orig_mod", "_checkpoint_wrapped_module", "_fsdp_wrapped_module", "_fpw_module", "module",
  ]

  /// Heads that DINOv2 and DINOv3 train beside their backbones, as patterns.
  static let distillationHeads = ["dino_head.*", "ibot_head.*"]

  /// `name` as the model alone has it: `blocks.0._orig_mod.norm1.bias` and `blocks.2.0.norm1.bias` are `blocks.0.norm1.bias`.
  static func plain(_ name: String) -> String {
    var parts = name.split(separator: ".", omittingEmptySubsequences: false)
    let count = parts.count
    // The last one is the parameter's own.
    if parts.dropLast().contains(where: { wrappers.contains(String($0)) }) {
      parts = parts.dropLast().filter { !wrappers.contains(String($0)) } + parts.suffix(1)
    }
    // A block keeps its number in the whole model, whatever its chunk.
    if let blocks = parts.firstIndex(of: "blocks"), blocks + 3 < parts.count, isNumber(parts[blocks + 1]),
      isNumber(parts[blocks + 2])
    {
      parts.remove(at: blocks + 1)
    }
    return parts.count == count ? name : parts.joined(separator: ".")
  }

  private static func isNumber(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
