import MISTKernels

/// As many rows of a width in elements of one kind.
struct ActivationSize {
  let element: ActivationElement
  let rows: Int
  let width: Int
}

/// Memory of activations, zero at first. Owned by one worker.
final class ActivationBuffer {
  private let bytes: AlignedBytes
  private let steps: UnsafeMutablePointer<mist_int8_row>?
  let element: ActivationElement

  /// Room for `rows` rows of up to `width` elements.
  convenience init(_ element: ActivationElement, rows: Int, width: Int) {
    self.init(element, rows: rows, values: rows * Self.stride(element, width))
  }

  /// For each element, room for any of `sizes` in it.
  static func buffers(for sizes: [ActivationSize]) -> [ActivationElement: ActivationBuffer] {
    Dictionary(grouping: sizes, by: \.element).mapValues { sizes in
      ActivationBuffer(
        sizes[0].element, rows: sizes.map(\.rows).max() ?? 0,
        values: sizes.map { $0.rows * stride($0.element, $0.width) }.max() ?? 0)
    }
  }

  /// Room for up to `rows` rows, `values` elements at most with their padding.
  private init(_ element: ActivationElement, rows: Int, values: Int) {
    self.element = element
    bytes = AlignedBytes(count: values * element.bytes)
    guard element == .int8 else {
      steps = nil
      return
    }
    let steps = UnsafeMutablePointer<mist_int8_row>.allocate(capacity: max(1, rows))
    steps.initialize(repeating: mist_int8_row(step: 0, lowest: 0), count: max(1, rows))
    self.steps = steps
  }

  deinit { steps?.deallocate() }

  /// The buffer as rows of `width`. What pads them is zero, whatever stood there as rows of another width.
  func rows(of width: Int) -> Activations {
    let stride = Self.stride(element, width)
    let rows = Activations(element, bytes.pointer, stride: stride, steps: steps)
    if stride > width {
      for end in Swift.stride(from: stride, through: bytes.count / element.bytes, by: stride) {
        (bytes.pointer + (end - stride + width) * element.bytes).initializeMemory(
          as: UInt8.self, repeating: 0, count: (stride - width) * element.bytes)
      }
    }
    return rows
  }

  private static func stride(_ element: ActivationElement, _ width: Int) -> Int {
    (width + element.group - 1) / element.group * element.group
  }
}
