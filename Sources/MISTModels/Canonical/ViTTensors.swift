/// Canonical tensor names of a ViT, declared once beside their shapes. Linear weights are `[out, in]`.
public enum ViTTensors {
  /// Every tensor that a checkpoint of `c` holds, in canonical order, with its shape.
  public static func all(_ c: ViTConfiguration) -> [(name: String, shape: [Int])] {
    var list: [(name: String, shape: [Int])] = []
    let (rows, columns) = c.grid(height: c.imageSize[0], width: c.imageSize[1])
    list.append(("patch_embed.weight", [c.width, 3, c.patchSize, c.patchSize]))
    list.append(("patch_embed.bias", [c.width]))
    if c.classToken { list.append(("cls_token", [c.width])) }
    if c.registerTokens > 0 { list.append(("register_tokens", [c.registerTokens, c.width])) }
    list.append(("pos_embed", [rows * columns + (c.classPosition ? 1 : 0), c.width]))
    if c.preNorm { list += norm("pre_norm", c.width) }
    for i in 0..<c.depth { list += block(i, c) }
    list += norm("final_norm", c.width)
    if let classifier = c.classifier { list += classifier.tensors(width: c.width) }
    return list
  }

  private static func block(_ i: Int, _ c: ViTConfiguration) -> [(name: String, shape: [Int])] {
    let p = "blocks.\(i)."
    let fc1Rows = c.mlp == .swiglu ? 2 * c.mlpWidth : c.mlpWidth
    var list = norm(p + "norm1", c.width)
    list.append((p + "attn.qkv.weight", [3 * c.width, c.width]))
    if c.qkvBias { list.append((p + "attn.qkv.bias", [3 * c.width])) }
    list += [(p + "attn.proj.weight", [c.width, c.width]), (p + "attn.proj.bias", [c.width])]
    if c.layerScale { list.append((p + "ls1", [c.width])) }
    list += norm(p + "norm2", c.width)
    list += [(p + "mlp.fc1.weight", [fc1Rows, c.width]), (p + "mlp.fc1.bias", [fc1Rows])]
    list += [(p + "mlp.fc2.weight", [c.width, c.mlpWidth]), (p + "mlp.fc2.bias", [c.width])]
    if c.layerScale { list.append((p + "ls2", [c.width])) }
    return list
  }

  private static func norm(_ name: String, _ width: Int) -> [(name: String, shape: [Int])] {
    [(name + ".weight", [width]), (name + ".bias", [width])]
  }
}
