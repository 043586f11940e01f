#if !MIST_WITHOUT_TUNING
  import MISTEdge

  /// What only `tune` takes on the command line.
  struct TuneOptions {
    /// Where the new bundle goes.
    var output: Argument?
    /// Shards to validate on; a fifth of the others where there are none.
    var validation: [Argument] = []
    var addedClasses: [Argument] = []
    /// Weights as drawn by the seed instead of the bundle's.
    var restart = false
    var epochs = 20
    /// Samples per step, peak learning rate and decoupled decay of matrices; nil: the task's.
    var batch: Int?
    var rate: Float = 3e-4
    var weightDecay: Float?
    /// Of the classifier's input.
    var dropout: Float = 0
    var labelSmoothing: Float = 0
    var seed = 0
    /// Most bytes of working memory; nil: any.
    var memory: Int?
    /// Element type of the new bundle; nil: the old one's.
    var type: StoredType?

    /// Takes an option and, by `next`, the word behind it; false for one that is not of `tune`.
    mutating func take(
      _ option: Argument, _ next: () throws(Failure) -> Argument
    ) throws(Failure) -> Bool {
      if option.equals("-o") || option.equals("--output") {
        output = try next()
      } else if option.equals("--add-class") {
        addedClasses.append(try next())
      } else if option.equals("--restart") {
        restart = true
      } else if option.equals("--epochs") {
        epochs = try Self.whole(next(), 1...65536, "--epochs needs a number from 1 to 65536")
      } else if option.equals("--batch") {
        batch = try Self.whole(next(), 1...65536, "--batch needs a number from 1 to 65536")
      } else if option.equals("--seed") {
        seed = try Self.whole(next(), 0...0x7FFF_FFFF, "--seed needs a number from 0 to 2147483647")
      } else if option.equals("--memory") {
        memory =
          try 1_000_000 * Self.whole(next(), 1...2000, "--memory needs a number of megabytes from 1 to 2000")
      } else if option.equals("--lr") {
        rate = try Self.decimal(next(), "--lr needs a number above 0 and at most 1") { $0 > 0 && $0 <= 1 }
      } else if option.equals("--weight-decay") {
        weightDecay = try Self.decimal(next(), "--weight-decay needs a number from 0 to 1") { $0 <= 1 }
      } else if option.equals("--dropout") {
        dropout = try Self.decimal(next(), "--dropout needs a number from 0 to 0.9") { $0 <= 0.9 }
      } else if option.equals("--label-smoothing") {
        labelSmoothing = try Self.decimal(next(), "--label-smoothing needs a number from 0 to 0.9") {
          $0 <= 0.9
        }
      } else if option.equals("--dtype") {
        let name = try next()
        type = name.equals("f32") ? .f32 : name.equals("f16") ? .f16 : name.equals("int8") ? .int8 : nil
        guard type != nil else { throw .usage("--dtype is f32, f16 or int8, and not", name) }
      } else {
        return false
      }
      return true
    }

    private static func whole(
      _ word: Argument, _ limits: ClosedRange<Int>, _ problem: StaticString
    ) throws(Failure) -> Int {
      guard let value = word.number(limits) else { throw .usage(problem, word) }
      return value
    }

    private static func decimal(
      _ word: Argument, _ problem: StaticString, _ isWithin: (Float) -> Bool
    ) throws(Failure) -> Float {
      guard let value = word.decimal, isWithin(value) else { throw .usage(problem, word) }
      return value
    }
  }

  extension Argument {
    /// Its number such as `0.001` or `1e-3`, if it is one that is not negative.
    fileprivate var decimal: Float? {
      var digits = 0
      var value = 0.0
      var scale = 0
      var next = text
      var isFraction = false
      while true {
        let byte = UInt8(bitPattern: next.pointee)
        if byte == UInt8(ascii: "."), !isFraction {
          isFraction = true
        } else if 0x30...0x39 ~= byte, digits < 15 {
          value = value * 10 + Double(byte - 0x30)
          digits += 1
          scale -= isFraction ? 1 : 0
        } else {
          break
        }
        next += 1
      }
      guard digits > 0 else { return nil }
      if next.pointee == 0x65 {  // e
        next += 1
        let isNegative = next.pointee == 0x2D
        if isNegative { next += 1 }
        guard let power = Argument(text: next).number(0...30) else { return nil }
        scale += isNegative ? -power : power
        next += 1
        while next.pointee != 0 { next += 1 }
      }
      guard next.pointee == 0 else { return nil }
      // Powers of ten are exact up to 10²², so one division or product rounds once.
      var power = 1.0
      for _ in 0..<abs(scale) { power *= 10 }
      return Float(scale < 0 ? value / power : value * power)
    }
  }
#endif
