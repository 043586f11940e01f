#if !MIST_WITHOUT_TUNING
  import CMISTEdge
  import MISTEdge
  import MISTEdgeKernels

  /// The bundle's head in training.
  final class Tuning {
    let step: TrainingStep<NativeKernels>
    let worker: Worker
    let revision: BundleRevision
    /// Of segmentation: which pixels label the positions of the head's output, and their classes.
    let grid: LabelGrid?
    let labels: UnsafeMutablePointer<UInt8>

    /// With weights, unless its memory is only counted. Throws what no bundle can be made of its like for.
    init(_ bundle: EdgeBundle, measuring: Bool) throws(EdgeError) {
      let shape = bundle.network
      revision = try BundleRevision(of: bundle)
      let parameters = FloatBuffer(bundle.weights.count)
      if !measuring { bundle.weights.expand(into: parameters.pointer) }
      step = TrainingStep(shape, parameters, lanes: 1, isPrepared: !measuring)
      worker = Worker(0, shape, tokens: nil, training: true)
      grid = bundle.source.maps.map { LabelGrid($0.size, shape) }
      labels = .allocate(capacity: max(1, grid?.count ?? 0))
    }

    deinit { labels.deallocate() }
  }

  @c(mist_edge_tune)
  public func edgeTune(
    _ edge: UnsafeMutablePointer<mist_edge>?, _ features: UnsafePointer<mist_edge_features>?, _ label: UInt32,
    _ batch: UInt32, _ loss: UnsafeMutablePointer<Float>?, _ error: UnsafeMutablePointer<mist_edge_error>?
  ) -> mist_edge_status {
    call(edge, error) { (handle) throws(Refusal) in
      let tuning = try handle.tuning(.classification)
      try handle.load(features)
      try tuning.add(label: Int(label), handle.bundle.network, batch, loss)
    }
  }

  @c(mist_edge_tune_mask)
  public func edgeTuneMask(
    _ edge: UnsafeMutablePointer<mist_edge>?, _ features: UnsafePointer<mist_edge_features>?,
    _ mask: UnsafePointer<UInt8>?, _ batch: UInt32, _ loss: UnsafeMutablePointer<Float>?,
    _ error: UnsafeMutablePointer<mist_edge_error>?
  ) -> mist_edge_status {
    call(edge, error) { (handle) throws(Refusal) in
      let tuning = try handle.tuning(.segmentation)
      guard let mask else { throw .missing }
      try handle.load(features)
      try tuning.add(mask: mask, handle.bundle.network, batch, loss)
    }
  }

  @c(mist_edge_tune_sample)
  public func edgeTuneSample(
    _ edge: UnsafeMutablePointer<mist_edge>?, _ index: Int, _ batch: UInt32,
    _ loss: UnsafeMutablePointer<Float>?, _ error: UnsafeMutablePointer<mist_edge_error>?
  ) -> mist_edge_status {
    call(edge, error) { (handle) throws(Refusal) in
      let (tuning, shard) = (try handle.tuning(handle.bundle.task), try handle.shard(with: index))
      if handle.bundle.task == .segmentation {
        let mask = try data { () throws(EdgeError) in try shard.mask(index) }
        guard let mask = mask?.baseAddress?.assumingMemoryBound(to: UInt8.self) else { throw .unlabelled }
        try handle.load(shard, index)
        try tuning.add(mask: mask, handle.bundle.network, batch, loss)
      } else {
        let label = try data { () throws(EdgeError) in try shard.label(index) }
        guard let label else { throw .unlabelled }
        try handle.load(shard, index)
        try tuning.add(label: label, handle.bundle.network, batch, loss)
      }
    }
  }

  @c(mist_edge_tune_step)
  public func edgeTuneStep(
    _ edge: UnsafeMutablePointer<mist_edge>?, _ rate: Float, _ decay: Float,
    _ error: UnsafeMutablePointer<mist_edge_error>?
  ) -> mist_edge_status {
    call(edge, error) { (handle) throws(Refusal) in
      let step = try handle.tuning(handle.bundle.task).step
      guard rate >= 0, rate.isFinite, decay >= 0, decay.isFinite else {
        throw .usage("edge.rate", "rate and weight decay must be finite numbers of 0 or more")
      }
      step.apply(rate: rate, weightDecay: decay)
      step.lanes[0].clear()
    }
  }

  @c(mist_edge_save)
  public func edgeSave(
    _ edge: UnsafeMutablePointer<mist_edge>?, _ bytes: UnsafeMutableRawPointer?,
    _ size: UnsafeMutablePointer<Int>?, _ error: UnsafeMutablePointer<mist_edge_error>?
  ) -> mist_edge_status {
    var isTooSmall = false
    let status = call(edge, error) { (handle) throws(Refusal) in
      let tuning = try handle.tuning(handle.bundle.task)
      guard let size else { throw .missing }
      let needed = tuning.revision.size
      isTooSmall = bytes == nil || size.pointee < needed
      size.pointee = needed
      guard !isTooSmall, let bytes else { return }
      let mark = mist_arena_mark()
      defer { mist_arena_reset(mark) }
      try data { () throws(EdgeError) in
        try tuning.revision.write(
          tuning.step.parameters.pointer, NativeKernels.self,
          to: UnsafeMutableRawBufferPointer(start: bytes, count: needed))
      }
    }
    return status == MIST_EDGE_OK && isTooSmall ? mist_edge_status(MIST_EDGE_MORE_ARENA) : status
  }

  extension Tuning {
    /// Adds the gradient of the features in the scratch memory, of class `label`.
    fileprivate func add(
      label: Int, _ shape: NetworkShape, _ batch: UInt32, _ loss: UnsafeMutablePointer<Float>?
    ) throws(Refusal) {
      guard label < shape.classes else { throw .usage("edge.label", "the head has no class of this number") }
      try add(batch, loss) { logits, weight in
        SoftmaxCrossEntropy.loss(
          logits: logits, classes: shape.classes, label: label, weight: weight, dLogits: logits)
      }
    }

    /// The same of a map of which `mask` says the classes.
    fileprivate func add(
      mask: UnsafePointer<UInt8>, _ shape: NetworkShape, _ batch: UInt32,
      _ loss: UnsafeMutablePointer<Float>?
    ) throws(Refusal) {
      guard let grid else { return }
      let counted = grid.sample(mask, classes: shape.classes, into: labels)
      try add(batch, loss) { logits, weight in
        let share = 1 / Float(max(1, counted))
        let result = MapCrossEntropy.loss(
          logits: logits, labels: labels, positions: grid.count, classes: shape.classes,
          weight: weight * share, dLogits: logits)
        return weight > 0 ? result.loss / weight : 0
      }
    }

    private func add(
      _ batch: UInt32, _ result: UnsafeMutablePointer<Float>?,
      _ loss: (UnsafeMutablePointer<Float>, Float) -> Float
    ) throws(Refusal) {
      guard batch > 0 else { throw .usage("edge.batch", "a batch has at least one image") }
      var value: Float = 0
      step.add(to: 0, worker, tokens: nil, masks: DropoutMasks()) { logits in
        value = loss(logits, 1 / Float(batch))
        return (Double(value), 0)
      }
      result?.pointee = value
    }
  }

  extension Handle {
    /// Throws unless the handle was opened to tune, and for `task`.
    fileprivate func tuning(_ task: BundleTask) throws(Refusal) -> Tuning {
      guard let tuning else { throw .usage("edge.purpose", "the handle was not opened for MIST_EDGE_TUNE") }
      guard bundle.task == task else {
        throw .usage(
          "edge.task",
          task == .segmentation
            ? "the bundle is for classification: use mist_edge_tune"
            : "the bundle is for segmentation: use mist_edge_tune_mask")
      }
      return tuning
    }
  }

  extension Refusal {
    static var unlabelled: Refusal {
      .usage("edge.no-label", "the sample has no class or mask to learn from")
    }
  }
#endif
