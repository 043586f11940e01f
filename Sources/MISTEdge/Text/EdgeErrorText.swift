extension TextOutput {
  /// The sentence of an error behind its code: where, what, expected and found; no full stop at its end.
  package func sentence(_ error: EdgeError) {
    if let section = error.section {
      text("section ")
      self.section(section)
      text(": ")
    }
    if let sample = error.sample {
      text("sample ")
      number(sample)
      if let row = error.row {
        text(", token or position ")
        number(row)
      }
      text(": ")
    }
    bytes(error.code.sentence.bytes)
    if error.sample != nil { return }
    if let expected = error.expected {
      text("; expected ")
      number(expected)
    }
    if let found = error.found {
      text(error.expected == nil ? "; found " : ", found ")
      number(found)
    }
  }

  /// The four characters of a section's identifier; anything but printable ASCII as `?`.
  package func section(_ id: SectionID) {
    for shift in [UInt32(0), 8, 16, 24] {
      let character = UInt8(truncatingIfNeeded: id.rawValue >> shift)
      byte(0x21...0x7E ~= character && character != 0x22 && character != 0x5C ? character : UInt8(ascii: "?"))
    }
  }
}
