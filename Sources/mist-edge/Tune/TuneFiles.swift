#if !MIST_WITHOUT_TUNING
  import CEdgeIO
  import MISTEdge

  /// The files that a run writes: the new bundle, and beside it, until that is whole, what the run goes on from.
  struct TuneFiles {
    private let output: Argument
    private let outputName: [CChar]
    /// `NAME.tuning`, with the zero at its end.
    let stateName: [CChar]
    /// The same for as long as the process lives.
    private let stateArgument: Argument

    init(_ output: Argument) {
      self.output = output
      outputName = output.bytes.map { CChar(bitPattern: $0) } + [0]
      let suffix: StaticString = ".tuning"
      var name = outputName.dropLast() + []
      for i in 0..<suffix.utf8CodeUnitCount { name.append(CChar(bitPattern: suffix.utf8Start[i])) }
      name.append(0)
      stateName = Array(name)
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: name.count)
      for (i, byte) in name.enumerated() { copy[i] = byte }
      stateArgument = Argument(text: copy)
    }

    /// Throws where one of them would take the place of a shard, or none can be written there.
    func check(_ shards: [Argument]) throws(Failure) {
      for shard in shards {
        for name in [
          outputName, stateName, PendingFile.temporary(outputName), PendingFile.temporary(stateName),
        ]
        where mist_io_same_file(name, shard.text) != 0 {
          throw .usage("the new bundle, or what is kept beside it, would take the place of this shard", shard)
        }
      }
      // Before the first epoch, not after it.
      guard mist_io_is_folder(outputName) == 0, PendingFile(stateName) != nil else {
        throw .notWritten(output)
      }
    }

    /// What a run that was ended left; nil where there is nothing.
    var state: Argument? {
      mist_io_same_file(stateName, stateName) != 0 ? stateArgument : nil
    }

    func removeState() throws(Failure) {
      guard mist_io_remove(stateName) == 0 else { throw .notWritten(stateArgument) }
    }

    /// Puts the bundle in place, and only then removes the rest.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
      guard let file = PendingFile(outputName) else { throw .notWritten(output) }
      file.output.bytes(bytes)
      guard file.finish() else { throw .notWritten(output) }
      try removeState()
    }
  }
#endif
