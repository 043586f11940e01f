import MISTEdge

/// A pooling among the fields of a recipe or of a head's network: its name, and the numbers that it has.
struct PoolingFields: Codable {
  let pooling: Pooling

  init(_ pooling: Pooling) { self.pooling = pooling }

  private enum CodingKeys: CodingKey { case pooling, queries, division }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .pooling)
    let queries = try container.decodeIfPresent(Int.self, forKey: .queries) ?? 0
    let division = try container.decodeIfPresent(Int.self, forKey: .division) ?? 0
    guard let pooling = Pooling(name, queries: queries, division: division) else {
      throw DecodingError.dataCorruptedError(forKey: .pooling, in: container, debugDescription: "a pooling")
    }
    self.pooling = pooling
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(pooling.name.description, forKey: .pooling)
    let stored = pooling.stored
    if stored.queries > 0 { try container.encode(stored.queries, forKey: .queries) }
    if stored.division > 0 { try container.encode(stored.division, forKey: .division) }
  }
}
