#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files beside a model that hold values of its tensors. A model names them, so a hostile one could
/// name any file: only files inside the model's folder are opened.
struct ONNXExternalData {
  /// The model's path as the user gave it.
  let model: String
  private var files: [String: MappedFile] = [:]

  init(model: String) { self.model = model }

  /// Reads a tensor's `external_data` entries. `size` is what its shape needs.
  static func payload(
    _ entries: [(key: String, value: String)], _ size: Int, _ place: String
  ) throws -> ONNXTensorRecord.Payload {
    var values: [String: String] = [:]
    for (key, value) in entries {
      guard values.updateValue(value, forKey: key) == nil else {
        throw MISTError(
          .onnxExternalDuplicateKey, at: place, "its external_data has the key \(quoted(key)) twice")
      }
    }
    func number(_ key: String) throws -> Int? {
      guard let value = values[key] else { return nil }
      guard !value.isEmpty, value.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(value)
      else {
        throw MISTError(
          .onnxExternalInvalidNumber, at: place,
          "the \(key) of its external data must be an integer from 0 to \(Int.max), found \(quoted(value))")
      }
      return number
    }
    guard let location = values["location"], !location.isEmpty else {
      throw MISTError(.onnxExternalNoLocation, at: place, "its external_data lacks a location")
    }
    let length = try number("length")
    if let length, length != size {
      throw MISTError(
        .onnxPayloadSize, at: place, "its dims need \(size) bytes, but its external data has \(length)")
    }
    return .external(location: location, offset: try number("offset"), length: length)
  }

  /// The mapped file at `location` and the place of `size` bytes at `offset` in it. Files are mapped once.
  mutating func resolve(
    _ location: String, offset: Int, size: Int, _ place: String
  ) throws -> (MappedFile, Range<Int>) {
    let file = try files[location] ?? open(location, place)
    files[location] = file
    let (end, overflow) = offset.addingReportingOverflow(size)
    guard !overflow, end <= file.bytes.count else {
      throw MISTError(
        .onnxExternalRange, at: place,
        "its \(size) bytes at \(offset) of \(quoted(location)) end beyond that file's \(file.bytes.count)")
    }
    return (file, offset..<end)
  }

  private func open(_ location: String, _ place: String) throws -> MappedFile {
    func refuse(_ why: String) -> MISTError {
      MISTError(
        .onnxExternalPath, at: place, "its external data \(quoted(location)) \(why)",
        advice: "only files in the model's folder are read")
    }
    guard !location.hasPrefix("/") else { throw refuse("is an absolute path") }
    guard !location.utf8.contains(0), !location.contains("\\") else {
      throw refuse("has a character that a path must not have")
    }
    guard !location.split(separator: "/").contains("..") else { throw refuse("leads out through '..'") }
    let path = folder(of: model) + "/" + location
    guard let resolved = resolvedPath(path) else {
      throw MISTError(
        .onnxExternalMissing, at: place,

        "its external data \(quoted(location)) does not exist beside the model",
        advice: "put it there")
    }
    // A cache may hold both the model and its data as links into one folder of its own: the folder that the
    // model really lies in counts as the model's folder too.
    let homes = [resolvedPath(folder(of: model)), resolvedPath(model).map(folder(of:))].compactMap { $0 }
    let isInside = homes.contains { resolved.hasPrefix($0 == "/" ? "/" : $0 + "/") }
    guard isInside else { throw refuse("is a link that leads out of it") }
    return try MappedFile(path: resolved)
  }

}
