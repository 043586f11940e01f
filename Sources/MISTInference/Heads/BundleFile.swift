import MISTBundle
import MISTEdge
import MISTFormats

/// A bundle mapped for as long as the object lives.
package final class BundleFile {
  package let path: String
  package let bundle: EdgeBundle
  private let file: MappedFile

  /// Throws the `bundle.` codes and those of `MappedFile`.
  package init(_ path: String) throws {
    self.path = path
    let mapped = try MappedFile(path: path)
    file = mapped
    do throws(EdgeError) {
      bundle = try EdgeBundle(mapped.bytes)
    } catch {
      throw error.mistError(file: path)
    }
  }

  /// Its head, ready to run; it does not need the file any more.
  package var head: InferenceHead { InferenceHead(bundle: bundle, path: path) }
}
