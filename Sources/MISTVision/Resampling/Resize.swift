import MISTModels

extension RGBImage {
  /// The image at another size, as Pillow's `resize((width, height), resample)` gives it, to the bit.
  package func resized(
    width: Int, height: Int, interpolation: Preprocessing.Interpolation
  ) -> RGBImage {
    resized(
      width: width, height: height, columns: 0..<width, rows: 0..<height, interpolation: interpolation,
      tables: ResamplingTables())
  }

  /// The window `columns` × `rows` of the image resized to `width` × `height`: what a crop afterwards would keep,
  /// without computing the rest. Horizontal pass first, 8-bit samples between the passes; an axis that keeps its size
  /// is not resampled.
  func resized(
    width newWidth: Int, height newHeight: Int, columns: Range<Int>, rows: Range<Int>,
    interpolation: Preprocessing.Interpolation, tables: ResamplingTables
  ) -> RGBImage {
    if newWidth == width && newHeight == height { return cropped(columns: columns, rows: rows) }
    if newHeight == height {
      let table = tables.table(input: width, output: newWidth, window: columns, interpolation: interpolation)
      return resampledHorizontally(table, rows: rows)
    }
    let vertical = tables.table(input: height, output: newHeight, window: rows, interpolation: interpolation)
    if newWidth == width {
      let narrow = columns == 0..<width ? self : cropped(columns: columns, rows: 0..<height)
      return narrow.resampledVertically(vertical, firstRow: 0)
    }
    // Only the rows that the vertical pass will read.
    let firstRow = vertical.starts[0]
    let lastRow = vertical.starts[rows.count - 1] + vertical.counts[rows.count - 1]
    let table = tables.table(input: width, output: newWidth, window: columns, interpolation: interpolation)
    return resampledHorizontally(table, rows: firstRow..<lastRow)
      .resampledVertically(vertical, firstRow: firstRow)
  }

  /// The window `columns` × `rows`, which must lie inside.
  package func cropped(columns: Range<Int>, rows: Range<Int>) -> RGBImage {
    if columns == 0..<width && rows == 0..<height { return self }
    return RGBImage(width: columns.count, height: rows.count) { output in
      pixels.withUnsafeBufferPointer { input in
        for (y, row) in rows.enumerated() {
          let line = input[(row * width + columns.lowerBound) * 3..<(row * width + columns.upperBound) * 3]
          _ = output[(y * columns.count * 3)...].update(fromContentsOf: line)
        }
      }
    }
  }

  /// Left and right exchanged.
  package func flipped() -> RGBImage {
    RGBImage(width: width, height: height) { output in
      pixels.withUnsafeBufferPointer { input in
        for y in 0..<height {
          for x in 0..<width {
            let (from, to) = (3 * (y * width + x), 3 * (y * width + width - 1 - x))
            for channel in 0..<3 { output[to + channel] = input[from + channel] }
          }
        }
      }
    }
  }

  private func resampledHorizontally(_ table: ResamplingTable, rows: Range<Int>) -> RGBImage {
    RGBImage(width: table.starts.count, height: rows.count) { output in
      pixels.withUnsafeBufferPointer { pixels in
        table.weights.withUnsafeBufferPointer { weights in
          guard let input = pixels.baseAddress, let weights = weights.baseAddress,
            var out = output.baseAddress
          else { return }
          let half = Int32(1) << (ResamplingTable.precisionBits - 1)
          for y in rows {
            let line = input + y * width * 3
            for x in table.starts.indices {
              var sample = line + table.starts[x] * 3
              let weight = weights + x * table.stride
              var (red, green, blue) = (half, half, half)
              for i in 0..<table.counts[x] {
                red &+= Int32(sample[0]) &* weight[i]
                green &+= Int32(sample[1]) &* weight[i]
                blue &+= Int32(sample[2]) &* weight[i]
                sample += 3
              }
              out[0] = Self.rounded(red)
              out[1] = Self.rounded(green)
              out[2] = Self.rounded(blue)
              out += 3
            }
          }
        }
      }
    }
  }

  /// `firstRow`: which row of the resampled image's input this image begins with.
  private func resampledVertically(_ table: ResamplingTable, firstRow: Int) -> RGBImage {
    let samples = width * 3
    return RGBImage(width: width, height: table.starts.count) { output in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: samples) { sums in
        pixels.withUnsafeBufferPointer { pixels in
          guard let input = pixels.baseAddress, let sums = sums.baseAddress, var out = output.baseAddress
          else { return }
          for y in table.starts.indices {
            sums.update(repeating: Int32(1) << (ResamplingTable.precisionBits - 1), count: samples)
            // Row by row keeps the inner loop contiguous, which the compiler vectorises.
            for i in 0..<table.counts[y] {
              let weight = table.weights[y * table.stride + i]
              let line = input + (table.starts[y] + i - firstRow) * samples
              for x in 0..<samples { sums[x] &+= Int32(line[x]) &* weight }
            }
            for x in 0..<samples { out[x] = Self.rounded(sums[x]) }
            out += samples
          }
        }
      }
    }
  }

  @inline(__always)
  private static func rounded(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: min(max(sum >> ResamplingTable.precisionBits, 0), 255))
  }
}
