/// A colour for every class number.
package struct Palette: Hashable, Sendable {
  /// RGB triples of the 256 values `[256, 3]`.
  package let colors: [UInt8]

  /// The PASCAL VOC colours (the bits of a number spread over the high bits of red, green and blue) of the numbers one
  /// higher, so that no class is black; black for `LabelMap.ignored` and for what is not one of `classes`.
  package static func standard(classes: Int) -> Palette {
    var colors = [UInt8](repeating: 0, count: 256 * 3)
    for label in 0..<min(max(classes, 0), Int(LabelMap.ignored)) {
      var bits = label + 1
      for shift in stride(from: 7, through: 0, by: -1) {
        for channel in 0..<3 { colors[3 * label + channel] |= UInt8(bits >> channel & 1) << UInt8(shift) }
        bits >>= 3
      }
    }
    return Palette(colors: colors)
  }

  /// Red, green and blue of a class number.
  package subscript(_ label: UInt8) -> (red: UInt8, green: UInt8, blue: UInt8) {
    let entry = 3 * Int(label)
    return (colors[entry], colors[entry + 1], colors[entry + 2])
  }
}
