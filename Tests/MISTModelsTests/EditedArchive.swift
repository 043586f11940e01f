import MISTFormats

/// An archive with some tensors renamed, dropped, added or declared otherwise: the checkpoints that people bring.
struct EditedArchive: TensorArchive {
  private let base: any TensorArchive
  private var original: [String: String] = [:]
  private var values: [String: [Float]] = [:]
  private(set) var tensors: [TensorInfo]
  var metadata: [String: String] { base.metadata }
  var path: String { base.path }
  var format: String { base.format }

  init(_ base: any TensorArchive) {
    self.base = base
    tensors = base.tensors
  }

  func renaming(_ old: String, to new: String) -> EditedArchive {
    renamingAll { $0 == old ? new : $0 }
  }

  func renamingAll(_ rename: (String) -> String) -> EditedArchive {
    var copy = self
    copy.original = [:]
    copy.tensors = tensors.map { info in
      let name = rename(info.name)
      copy.original[name] = original[info.name] ?? info.name
      return TensorInfo(name: name, dtype: info.dtype, shape: info.shape)
    }
    return copy
  }

  func dropping(_ names: String...) -> EditedArchive {
    var copy = self
    copy.tensors.removeAll { names.contains($0.name) }
    return copy
  }

  func adding(_ name: String, as other: String, shape: [Int]? = nil, dtype: DType = .f32) -> EditedArchive {
    var copy = self
    copy.original[name] = original[other] ?? other
    let info = tensors.first { $0.name == other }
    copy.tensors.append(TensorInfo(name: name, dtype: dtype, shape: shape ?? info?.shape ?? []))
    return copy
  }

  /// With other values in a tensor of F32.
  func setting(_ name: String, to floats: [Float]) -> EditedArchive {
    var copy = self
    copy.values[name] = floats
    return copy
  }

  func withBytes<R>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    if let floats = values[name] { return try floats.withUnsafeBytes(body) }
    return try base.withBytes(of: original[name] ?? name, body)
  }
}
