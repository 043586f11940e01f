/// One code per rule of `Formats/sharded-checkpoint.md`.
extension ErrorCode {
  public static let shardedIndexTooLarge = ErrorCode("sharded.index-too-large")
  public static let shardedInvalidIndex = ErrorCode("sharded.invalid-index")
  public static let shardedNoWeightMap = ErrorCode("sharded.no-weight-map")
  public static let shardedDuplicateKey = ErrorCode("sharded.duplicate-key")
  public static let shardedTooManyShards = ErrorCode("sharded.too-many-shards")
  public static let shardedShardName = ErrorCode("sharded.shard-name")
  public static let shardedMissingShard = ErrorCode("sharded.missing-shard")
  public static let shardedMissingTensor = ErrorCode("sharded.missing-tensor")
  public static let shardedUnlistedTensor = ErrorCode("sharded.unlisted-tensor")
  public static let shardedSizeMismatch = ErrorCode("sharded.size-mismatch")
}
