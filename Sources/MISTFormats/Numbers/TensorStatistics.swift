/// What the numbers of a tensor look like as a whole: enough to see that a file was damaged, never trained, or trained until
/// it broke. Computed in one pass over chunks, in double precision.
package struct TensorStatistics: Sendable, Hashable {
  /// All elements.
  package private(set) var count = 0
  package private(set) var nans = 0
  package private(set) var infinities = 0
  package private(set) var zeros = 0
  /// Of the finite elements; nil when there is none.
  package var minimum: Double? { finite > 0 ? least : nil }
  package var maximum: Double? { finite > 0 ? greatest : nil }
  package var mean: Double? { finite > 0 ? average : nil }
  /// Of the population: the root of the mean squared deviation.
  package var standardDeviation: Double? {
    finite > 0 ? (max(0, squares) / Double(finite)).squareRoot() : nil
  }

  private var least = Double.infinity
  private var greatest = -Double.infinity
  private var finite = 0
  private var average = 0.0
  /// Sum of the squared deviations from `average`.
  private var squares = 0.0
  private static let chunk = 1 << 14

  package init() {}

  /// The statistics of tensor `info` of `archive`. The tensor's pages are released as they are read.
  package init(_ info: TensorInfo, in archive: any TensorArchive) throws {
    self.init()
    try archive.withBytesOnce(of: info.name) { add($0, dtype: info.dtype) }
  }

  /// Whether there are elements and every one is zero.
  package var isAllZero: Bool { count > 0 && zeros == count }
  /// Whether there are several elements and all are the same number.
  package var isConstant: Bool { count > 1 && finite == count && least == greatest }

  /// Adds all elements of `bytes`, little-endian and of type `dtype`.
  package mutating func add(_ bytes: UnsafeRawBufferPointer, dtype: DType) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.chunk) { values in
      var start = 0
      while start < bytes.count {
        let size = min(Self.chunk * dtype.size, bytes.count - start)
        let part = UnsafeMutableBufferPointer(rebasing: values[..<(size / dtype.size)])
        DoubleConversion.toDoubles(
          UnsafeRawBufferPointer(rebasing: bytes[start..<start + size]), dtype: dtype, into: part)
        addChunk(part)
        start += size
      }
    }
  }

  /// Chan's update: mean and squared deviations of a chunk join those so far without cancellation.
  private mutating func addChunk(_ values: UnsafeMutableBufferPointer<Double>) {
    count += values.count
    var kept = 0
    for value in values {
      if value.isFinite {
        values[kept] = value
        kept += 1
      } else if value.isNaN {
        nans += 1
      } else {
        infinities += 1
      }
    }
    guard kept > 0 else { return }
    var (low, high, sum, zero) = (values[0], values[0], 0.0, 0)
    for index in 0..<kept {
      let value = values[index]
      low = value < low ? value : low
      high = value > high ? value : high
      zero &+= value == 0 ? 1 : 0
      sum += value
    }
    let mean = sum / Double(kept)
    var deviation = 0.0
    for index in 0..<kept {
      let distance = values[index] - mean
      deviation += distance * distance
    }
    zeros += zero
    (least, greatest) = (min(least, low), max(greatest, high))
    let total = Double(finite + kept)
    let step = mean - average
    average += step * (Double(kept) / total)
    squares += deviation + step * step * (Double(finite) / total) * Double(kept)
    finite += kept
  }
}
