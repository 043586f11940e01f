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
  static func plain(_ name: String) -> String { mayDiffer(name) ? taken(name) : name }

  private static func taken(_ name: String) -> String {
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

  /// Whether `name` has what all wrappers have in their names, or two numbers after something like `blocks`: few names do, and every name is asked
  /// about many times.
  static func mayDiffer(_ name: String) -> Bool {
    var name = name
    return name.withUTF8 { bytes in
      // Numbers since a component of as many letters as `blocks`.
      var (digits, length, numbers) = (0, 0, -1)
      var i = 0
      while i < bytes.count {
        let byte = bytes[i]
        i += 1
        if byte == UInt8(ascii: ".") {
          let isNumber = length > 0 && digits == length
          numbers = isNumber && numbers >= 0 ? numbers + 1 : length == 6 ? 0 : -1
          if numbers == 2 { return true }
          (digits, length) = (0, 0)
          continue
        }
        length += 1
        if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { digits += 1 }
        if byte == UInt8(ascii: "m"), i + 1 < bytes.count, bytes[i] == UInt8(ascii: "o"),
          bytes[i + 1] == UInt8(ascii: "d")
        {
          return true
        }
      }
      return false
    }
  }

  private static func isNumber(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }
}
