/// What a forward pass computes, for measurements.
extension TransformerBackbone {
  func work(of part: Int, depth: Int) -> PartWork {
    let blocks = blocks.prefix(depth)
    return switch TransformerPart(rawValue: part) {
    case .patches: PartWork(products: [patchEmbedding])
    case .qkv: PartWork(products: blocks.map(\.qkv))
    case .attention:
      PartWork(attention: blocks.count * 2 * tokens * tokens * configuration.width)
    case .projection: PartWork(products: blocks.map(\.projection))
    case .fc1: PartWork(products: blocks.map(\.fc1))
    case .fc2: PartWork(products: blocks.map(\.fc2))
    case .norm, .gather, nil: PartWork()
    }
  }
}
