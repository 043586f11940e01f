#if !MIST_WITHOUT_TUNING
  import CEdgeIO
  import MISTEdge

  /// What a run says: its result, or with `--json` an object per epoch too, on standard output, and its progress on standard error.
  struct TuneReport {
    private let out: Output
    private let isJSON: Bool
    private let isSegmentation: Bool

    init(_ out: Output, _ options: Options, _ task: BundleTask) {
      self.out = out
      isJSON = options.json
      isSegmentation = task == .segmentation
    }

    func resumed(_ epochs: Int) {
      let errors = Output(descriptor: 2)
      errors.text("going on after epoch ")
      errors.number(epochs)
      errors.line()
    }

    func epoch(_ number: Int, of epochs: Int, _ loss: Double, _ accuracy: Double, _ score: TuneScore) {
      if isJSON {
        out.key("epoch", opening: true)
        out.number(number)
        out.key("loss")
        out.jsonNumber(Float(loss))
        out.key("accuracy")
        out.fixed(accuracy, decimals: 6)
        out.key("validation")
        json(score)
        out.line("}")
        out.flush()
        return
      }
      let errors = Output(descriptor: 2)
      errors.text("epoch ")
      errors.number(number)
      errors.text(" of ")
      errors.number(epochs)
      errors.text(": loss ")
      errors.fixed(loss, decimals: 4)
      errors.text(", ")
      errors.fixed(100 * accuracy, decimals: 2)
      errors.text(" % right; validation ")
      text(score, errors)
      errors.line()
    }

    func end(_ state: TuneState, size: Int, _ type: StoredType, _ output: Argument, isOld: Bool) {
      if isJSON {
        out.key("before", opening: true)
        json(state.before)
        out.key("after")
        json(state.after)
        out.key("kept_epoch")
        out.number(state.best)
        out.key("bytes")
        out.number(size)
        out.key("dtype")
        out.quoted(type.name)
        return out.line("}")
      }
      out.text("before  ")
      text(state.before, out)
      out.text("\nafter   ")
      text(state.after, out)
      if state.best > 0 {
        out.text(", epoch ")
        out.number(state.best)
        out.text(" of ")
        out.number(state.epochs)
      } else {
        out.text(": no epoch did better, so the head is kept as it was before the first")
      }
      out.text("\nwrote ")
      out.argument(output)
      out.text(", ")
      out.number(size)
      out.text(" bytes, weights ")
      out.text(type.name)
      out.line(isOld ? ": a copy of the old bundle" : "")
    }

    /// On standard error, after what standard output holds.
    func statistics(samples: Int, _ seconds: Double, total: Double) {
      out.flush()
      let errors = Output(descriptor: 2)
      errors.number(samples)
      errors.text(" samples in ")
      errors.fixed(seconds, decimals: 2)
      errors.text(" s with validation, ")
      errors.fixed(Double(samples) / max(seconds, 1e-9), decimals: 1)
      errors.text(" samples/s; ")
      errors.fixed(total, decimals: 2)
      errors.text(" s in all, peak memory ")
      errors.fixed(Double(mist_io_peak_resident()) / 1_048_576, decimals: 2)
      errors.line(" MiB")
    }

    private func text(_ score: TuneScore, _ out: Output) {
      if isSegmentation {
        out.text("mIoU ")
        out.fixed(100 * score.score, decimals: 2)
        out.text(" %, ")
      }
      out.text(isSegmentation ? "pixel accuracy " : "accuracy ")
      out.fixed(100 * score.accuracy, decimals: 2)
      out.text(" % (")
      out.number(score.correct)
      out.text(" of ")
      out.number(score.count)
      out.text("), loss ")
      out.fixed(score.loss, decimals: 4)
    }

    private func json(_ score: TuneScore) {
      out.key("accuracy", opening: true)
      out.fixed(score.accuracy, decimals: 6)
      if isSegmentation {
        out.key("mean_iou")
        out.fixed(score.score, decimals: 6)
      }
      out.key("correct")
      out.number(score.correct)
      out.key("count")
      out.number(score.count)
      out.key("loss")
      out.jsonNumber(Float(score.loss))
      out.text("}")
    }
  }
#endif
