import FuzzSupport
import MISTFeatures

/// A feature store's `manifest.json`.
@_cdecl("FuzzManifest_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  fuzz(count, arguments) { bytes in
    guard let manifest = refusing({ try StoreManifest(json: Array(bytes)) }) else { return }
    _ = manifest.tensors
    _ = refusing { try manifest.preprocessingHash }
  }
}
