import MISTEdge
import MISTTuning
import MISTVision

/// One thread's head: the memory of a forward pass, and what is made of its logits.
final class HeadRunner {
  private let network: EdgeNetwork<HostKernels>?
  private let scratch: NetworkScratch?
  private let logits: FloatBuffer
  private let names: [String]
  private let grid: MapSize?
  /// Where the features go: a pointer per level, or one for tokens `[T, C]`; of a model's own head, one for its logits.
  let inputs: [UnsafeMutablePointer<Float>]

  init(_ head: InferenceHead) {
    network = head.network
    names = head.classes
    grid = head.grid
    scratch = head.network.map { NetworkScratch($0.shape) }
    logits = FloatBuffer(head.network?.shape.logitCount ?? (head.grid?.count ?? 1) * head.classes.count)
    inputs = scratch?.inputs ?? [logits.pointer]
  }

  /// Takes over `count` values of an output that belongs at `place`.
  func put(_ values: UnsafePointer<Float>, count: Int, at place: OutputPlace) {
    let target = inputs[place.buffer] + place.offset
    guard place.isAdded else { return target.update(from: values, count: count) }
    for i in 0..<count { target[i] += values[i] }
  }

  private func forward() {
    if let network, let scratch { network.forward(scratch: scratch, into: logits.pointer) }
  }

  /// The most probable classes of the features in `inputs`, at most `top`.
  func rank(top: Int) -> [ClassScore] {
    forward()
    // Ranked by logit: two probabilities may round to the same number.
    var ranked: [Int] = []
    while ranked.count < min(top, names.count),
      let next = Prediction.next(logits.pointer, count: names.count, after: ranked.last)
    {
      ranked.append(next)
    }
    Prediction.probabilities(logits.pointer, count: names.count)
    return ranked.map {
      ClassScore(index: $0, name: names[$0], probability: Double(logits.pointer[$0]))
    }
  }

  /// The class of every pixel of an image of `height` × `width` that the maps in `inputs` cover as a whole.
  func segment(height: Int, width: Int) -> LabelMap {
    forward()
    let grid = grid ?? MapSize(height: 1, width: 1)
    let rows = ClassMap(
      gridHeight: grid.height, gridWidth: grid.width, classes: names.count, height: height, width: width)
    let values = [UInt8](unsafeUninitializedCapacity: height * width) { buffer, count in
      guard let base = buffer.baseAddress else { return }
      for y in 0..<height { rows.row(y, of: logits.pointer, into: base + y * width) }
      count = height * width
    }
    return LabelMap(width: width, height: height, values: values)
  }

  /// The class of every pixel of an image that `preprocessor` made the head's input of: the logits resized to the image's own
  /// size. Where a crop was cut, pixels outside it are `LabelMap.ignored`, and the others take the class of the input's pixel
  /// that they lie in.
  func segment(_ preprocessor: Preprocessor, height: Int, width: Int) -> LabelMap {
    guard preprocessor.preprocessing.crop != nil else { return segment(height: height, width: width) }
    let (rows, columns) = preprocessor.placement(height: height, width: width)
    let input = segment(height: rows.input, width: columns.input)
    let places = (0..<width).map { Int(columns.position(of: $0).rounded(.down)) }
    var values = [UInt8](repeating: LabelMap.ignored, count: height * width)
    for y in 0..<height {
      let row = Int(rows.position(of: y).rounded(.down))
      guard (0..<rows.input).contains(row) else { continue }
      for (x, column) in places.enumerated() where (0..<columns.input).contains(column) {
        values[y * width + x] = input.values[row * columns.input + column]
      }
    }
    return LabelMap(width: width, height: height, values: values)
  }
}
