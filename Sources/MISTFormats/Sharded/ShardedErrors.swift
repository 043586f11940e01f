/// One code per rule of `Formats/sharded-checkpoint.md`.
extension ErrorCode {
  package static let shardedIndexTooLarge = ErrorCode("sharded.index-too-large")
  package static let shardedInvalidIndex = ErrorCode("sharded.invalid-index")
  package static let shardedNoWeightMap = ErrorCode("sharded.no-weight-map")
  package static let shardedDuplicateKey = ErrorCode("sharded.duplicate-key")
  package static let shardedTooManyShards = ErrorCode("sharded.too-many-shards")
  package static let shardedShardName = ErrorCode("sharded.shard-name")
  package static let shardedMissingShard = ErrorCode("sharded.missing-shard")
  package static let shardedMissingTensor = ErrorCode("sharded.missing-tensor")
  package static let shardedUnlistedTensor = ErrorCode("sharded.unlisted-tensor")
  package static let shardedSizeMismatch = ErrorCode("sharded.size-mismatch")
}
