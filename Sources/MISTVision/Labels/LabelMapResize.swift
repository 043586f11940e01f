extension LabelMap {
  /// The map at another size by nearest neighbour, as Pillow's `resize((width, height), NEAREST)` gives it.
  package func resized(width newWidth: Int, height newHeight: Int) -> LabelMap {
    resized(width: newWidth, height: newHeight, columns: 0..<newWidth, rows: 0..<newHeight)
  }

  /// The window `columns` × `rows` of the map resized to `width` × `height`.
  func resized(
    width newWidth: Int, height newHeight: Int, columns: Range<Int>, rows: Range<Int>
  ) -> LabelMap {
    let fromColumns = Self.nearest(input: width, output: newWidth, window: columns)
    let fromRows = Self.nearest(input: height, output: newHeight, window: rows)
    let window = [UInt8](unsafeUninitializedCapacity: columns.count * rows.count) { output, count in
      values.withUnsafeBufferPointer { input in
        for row in fromRows {
          for column in fromColumns {
            output[count] = input[row * width + column]
            count += 1
          }
        }
      }
    }
    return LabelMap(width: columns.count, height: rows.count, values: window)
  }

  /// The input position that each position of `window` takes when `input` positions become `output`: ⌊(i + ½) · input / output⌋, where the sum advances by
  /// repeated addition, because the rounding of that decides some positions of Pillow's.
  static func nearest(input: Int, output: Int, window: Range<Int>) -> [Int] {
    let step = Double(input) / Double(output)
    var position = step * 0.5
    for _ in 0..<window.lowerBound { position += step }
    return window.map { _ in
      defer { position += step }
      return min(Int(position), input - 1)
    }
  }
}
