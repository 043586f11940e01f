import MISTEdge
import MISTTuning
import MISTVision

/// One thread's head: the memory of a forward pass, and what is made of its logits.
final class HeadRunner {
  private let network: EdgeNetwork<BLASKernels>
  private let scratch: NetworkScratch
  private let logits: FloatBuffer
  private let classes: Int
  /// Where the features go: a pointer per level, or one for tokens `[T, C]`.
  var inputs: [UnsafeMutablePointer<Float>] { scratch.inputs }

  init(_ head: PredictionHead) {
    network = head.network
    classes = head.classes.count
    scratch = NetworkScratch(network.shape)
    logits = FloatBuffer(network.shape.logitCount)
  }

  /// The most probable classes of the tokens in `inputs`, at most `top`.
  func rank(top: Int) -> [(label: Int, probability: Double)] {
    network.forward(scratch: scratch, into: logits.pointer)
    // Ranked by logit: two probabilities may round to the same number.
    var ranked: [Int] = []
    while ranked.count < min(top, classes),
      let next = Prediction.next(logits.pointer, count: classes, after: ranked.last)
    {
      ranked.append(next)
    }
    Prediction.probabilities(logits.pointer, count: classes)
    return ranked.map { ($0, Double(logits.pointer[$0])) }
  }

  /// The class of every pixel of an image of `height` × `width` that the maps in `inputs` cover as a whole.
  func segment(height: Int, width: Int) -> LabelMap {
    network.forward(scratch: scratch, into: logits.pointer)
    let grid = network.shape.outputSize
    let rows = ClassMap(
      gridHeight: grid.height, gridWidth: grid.width, classes: classes, height: height, width: width)
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
