#if !MIST_WITHOUT_TUNING
  import CEdgeIO
  import MISTEdge

  func tune(_ options: Options, _ out: Output) throws(Failure) {
    let tuning = options.tuning
    guard let output = tuning.output else { throw .usage("tune needs -o, where the new bundle goes", nil) }
    guard options.files.count > 1 else { throw .usage("tune needs shards to train on", nil) }
    let started = mist_io_nanoseconds()
    let files = TuneFiles(output)
    try files.check(options.files.dropFirst() + tuning.validation)
    let input = try MappedInput(options.files[0])
    let bundle = try input.bundle()
    try tuning.check(bundle)
    var own = Fingerprint()
    own.add(input.bytes)
    if let state = files.state, TuneState.result(state) == own.value {
      // A run in place was ended between its last two steps: this bundle is what it made.
      try files.removeState()
      return Output(descriptor: 2).line("the bundle is tuned already")
    }
    let revision: BundleRevision
    do throws(EdgeError) {
      revision = try BundleRevision(
        of: bundle, adding: tuning.addedClasses.map { $0.bytes }, as: tuning.type)
    } catch { throw .refused(input.path, error) }
    try tuning.checkNames(bundle.labels)
    let data = try TuneData(Array(options.files.dropFirst()), bundle, revision.network, tuning)
    try tuning.checkMemory(revision)
    let run = TuneRun(data, bundle, revision.network, tuning)
    var print = own
    tuning.add(to: &print)
    try data.add(to: &print)
    var state = TuneState(run: print.value)
    let report = TuneReport(out, options, bundle.task)
    if let path = files.state {
      try state.read(path, run.step, best: run.best)
      run.step.network.prepare(run.step.parameters.pointer)
      report.resumed(state.epochs)
    } else {
      if !tuning.addedClasses.isEmpty {
        try run.startClasses(from: bundle.labels.count, tuning.addedClasses)
      }
      run.best.pointer.update(from: run.step.parameters.pointer, count: run.best.count)
      state.before = try run.score()
      state.after = state.before
      if tuning.restart { run.restart() }
    }
    let began = mist_io_nanoseconds()
    let first = state.epochs
    while state.epochs < tuning.epochs {
      guard let epoch = try run.epoch(state.epochs) else {
        // It would again, whatever it went on from.
        if files.state != nil { try files.removeState() }
        throw .untunable("tune.diverged", "the loss is no longer finite; lower --lr", nil)
      }
      let score = try run.score()
      state.epochs += 1
      if score.isBetter(than: state.after) {
        (state.after, state.best) = (score, state.epochs)
        run.best.pointer.update(from: run.step.parameters.pointer, count: run.best.count)
      }
      guard state.write(files.stateName, run.step, best: run.best) else { throw .notWritten(output) }
      report.epoch(state.epochs, of: tuning.epochs, epoch.loss, epoch.accuracy, score)
    }
    let seconds = Double(mist_io_nanoseconds() - began) / 1e9
    let isOld = state.best == 0 && tuning.addedClasses.isEmpty && revision.type == bundle.weights.type
    let size = isOld ? input.bytes.count : revision.size
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64)
    defer { bytes.deallocate() }
    if isOld {
      bytes.copyMemory(from: input.bytes)
    } else {
      do throws(EdgeError) { try revision.write(run.best.pointer, RuntimeKernels.self, to: bytes) } catch {
        throw .refused(input.path, error)
      }
    }
    if mist_io_same_file(input.path.text, output.text) != 0 {
      var made = Fingerprint()
      made.add(UnsafeRawBufferPointer(bytes))
      state.result = made.value
      guard state.write(files.stateName, run.step, best: run.best) else { throw .notWritten(output) }
    }
    try files.write(UnsafeRawBufferPointer(bytes))
    report.end(state, size: size, revision.type, output, isOld: isOld)
    if options.stats {
      report.statistics(
        samples: (state.epochs - first) * data.trained.count, seconds,
        total: Double(mist_io_nanoseconds() - started) / 1e9)
    }
  }

  extension TuneOptions {
    /// Throws for an option that this bundle's head has no use for.
    fileprivate func check(_ bundle: EdgeBundle) throws(Failure) {
      guard labelSmoothing == 0 || bundle.task == .classification else {
        throw .usage("--label-smoothing is for classification", nil)
      }
      guard dropout == 0 || bundle.network.classifierInput > 0 else {
        throw .usage("--dropout has no effect on a linear head on maps", nil)
      }
    }

    /// Throws where an added class has the name of another.
    fileprivate func checkNames(_ labels: BundleLabels) throws(Failure) {
      for (place, name) in addedClasses.enumerated() {
        var isThere = false
        for i in 0..<labels.count { isThere = isThere || labels[i].elementsEqual(name.bytes) }
        for other in addedClasses[0..<place] { isThere = isThere || other.bytes.elementsEqual(name.bytes) }
        if isThere { throw .usage("the bundle has a class of this name already", name) }
      }
    }

    /// Throws where the run would take more memory than it may have.
    fileprivate func checkMemory(_ revision: BundleRevision) throws(Failure) {
      guard let memory else { return }
      let needed = 4 * revision.network.trainingFloats + UInt64(revision.size)
      guard needed <= UInt64(memory) else { throw .tooLittleMemory(needed: needed) }
    }

    /// Adds all that decides what the run ends in but for bundle and shards.
    fileprivate func add(to print: inout Fingerprint) {
      for number in [epochs, batch ?? 0, seed, restart ? 1 : 0, Int(type?.rawValue ?? 9), addedClasses.count]
      {
        print.add(number)
      }
      // 2: no decay that may be asked for.
      for value in [rate, weightDecay ?? 2, dropout, labelSmoothing] { print.add(value) }
      for name in addedClasses { print.add(name.bytes) }
      print.add(RuntimeKernels.portable ? 1 : 0)
    }
  }
#endif
