import MISTFeatures
import MISTFormats

/// All shards of a feature store as one archive: tensor `k8` of `train-00000-of-00002.safetensors` is
/// `train-00000-of-00002/k8`.
struct ShardArchive: TensorArchive {
  let path: String
  let format = "safetensors"
  let metadata: [String: String] = [:]
  let tensors: [TensorInfo]

  private struct Place {
    let shard: SafetensorsArchive
    let info: TensorInfo
    let name: String
  }
  private let places: [String: Place]

  init(_ store: FeatureStore) throws {
    path = store.path
    var (tensors, places): ([TensorInfo], [String: Place]) = ([], [:])
    for shard in store.manifest.splits.flatMap(\.shards) {
      let archive = try SafetensorsArchive(path: store.path + "/" + shard.file)
      let stem = shard.file.hasSuffix(".safetensors") ? String(shard.file.dropLast(12)) : shard.file
      for info in archive.tensors {
        let here = TensorInfo(name: stem + "/" + info.name, dtype: info.dtype, shape: info.shape)
        tensors.append(here)
        places[here.name] = Place(shard: archive, info: here, name: info.name)
      }
    }
    (self.tensors, self.places) = (tensors, places)
  }

  func info(_ name: String) -> TensorInfo? { places[name]?.info }

  func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard let place = places[name] else {
      throw MISTError(.tensorNotFound, file: path, at: name, "no shard holds a tensor of that name")
    }
    return try place.shard.withBytes(of: place.name, body)
  }

  func release(_ name: String) {
    guard let place = places[name] else { return }
    place.shard.release(place.name)
  }
}
