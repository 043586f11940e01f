import CEdgeIO
import MISTEdge

/// A class map on its way to disk: a portable greymap, or its bytes alone.
struct MapFile {
  private let file: PendingFile
  private let folder: Argument
  var output: Output { file.output }

  /// A file in `folder` (made when it is missing) called after the shard's name and the sample's number. It may not be one of `inputs`.
  init(
    _ folder: Argument, source: Argument, sample: Int, width: Int, height: Int, raw: Bool, inputs: [Argument]
  ) throws(Failure) {
    self.folder = folder
    let name = Self.path(folder, source, sample, raw)
    let temporary = PendingFile.temporary(name)
    for input in inputs
    where mist_io_same_file(name, input.text) != 0 || mist_io_same_file(temporary, input.text) != 0 {
      throw .usage("a class map would take the place of this input", input)
    }
    guard let file = PendingFile(name, in: folder) else { throw .unwritable(folder) }
    self.file = file
    guard !raw else { return }
    output.text("P5\n")
    output.number(width)
    output.text(" ")
    output.number(height)
    output.text("\n255\n")
  }

  /// Puts the file in place.
  func finish() throws(Failure) {
    guard file.finish() else { throw .unwritable(folder) }
  }

  /// `folder/shard-00007.pgm`, with the zero at its end.
  private static func path(_ folder: Argument, _ source: Argument, _ sample: Int, _ raw: Bool) -> [CChar] {
    var path: [CChar] = []
    var next = folder.text
    while next.pointee != 0 {
      path.append(next.pointee)
      next += 1
    }
    path.append(0x2F)
    // The shard's name without folders and what follows the last dot.
    let start = path.count
    var dot: Int?
    next = source.text
    while next.pointee != 0 {
      path.append(next.pointee)
      if next.pointee == 0x2F {
        path.removeLast(path.count - start)
        dot = nil
      } else if next.pointee == 0x2E {
        dot = path.count - 1
      }
      next += 1
    }
    if let dot, dot > start { path.removeLast(path.count - dot) }
    path.append(0x2D)
    var unit = 10_000
    while sample / unit >= 10 { unit *= 10 }
    while unit > 0 {
      path.append(CChar(0x30 + sample / unit % 10))
      unit /= 10
    }
    let suffix: StaticString = raw ? ".raw" : ".pgm"
    for i in 0..<suffix.utf8CodeUnitCount { path.append(CChar(suffix.utf8Start[i])) }
    path.append(0)
    return path
  }
}
