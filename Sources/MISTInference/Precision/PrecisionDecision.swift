import MISTBackbone
import MISTFormats
import MISTModels

/// In what a model's products are computed, and why.
package struct PrecisionDecision: Sendable {
  package let precision: Precision
  /// What was measured, where `auto` asked for it.
  package let choice: PrecisionChoice?
  /// What nobody should overlook, a sentence; nil where what was asked for is done.
  package let note: String?
  /// What products in int8 are prepared by.
  package let calibration: CalibratedInputs?
  /// The model, where measuring it left it open.
  let backbone: (any Backbone)?

  private init(
    _ precision: Precision, choice: PrecisionChoice? = nil, note: String? = nil,
    backbone: (any Backbone)? = nil, calibration: CalibratedInputs? = nil
  ) {
    (self.precision, self.choice, self.note, self.backbone) = (precision, choice, note, backbone)
    self.calibration = calibration
  }

  package static let f32 = PrecisionDecision(.f32)

  /// What `request` comes to on this processor. `auto` measures `outputs` of the models of `family` on `inputs`, unless `begun`, the
  /// precision of work that goes on, says what it has to be.
  /// `calibration` goes with int8 alone, and is not used where that falls back.
  /// Throws `usage` for a calibration of another precision, `precision.backend` for a library that has no
  /// part in it, `backbone.precision` where the family takes none, and what opening and running models throws.
  package init(
    _ request: PrecisionRequest, _ family: some PrecisionFamily, outputs: [BackboneOutput],
    on inputs: MeasuredInputs, begun: Precision? = nil, calibration: CalibratedInputs? = nil
  ) throws {
    guard calibration == nil || request == .int8 else {
      throw MISTError(
        .usage, "a calibration is used by products in int8, and \(request.rawValue) was asked for",
        advice: "leave --calibrate out, or use --precision int8")
    }
    try request.check(family.backend)
    guard let fixed = request.fixed else {
      if let begun {
        self.init(begun, note: "precision \(begun.rawValue), as it was begun")
      } else {
        try self.init(measuring: family, outputs, inputs)
      }
      return
    }
    let isNative = family.native.contains(fixed)
    // Before anything is begun that would record it.
    guard calibration == nil || !isNative || family.takesCalibration else {
      throw MISTError.noCalibration(fixed)
    }
    self.init(
      isNative ? fixed : .f32,
      note: isNative
        ? nil
        : "products in \(fixed.rawValue) do not run natively on this processor: they are computed in f32"
          + (calibration == nil ? "" : ", and not calibrated"),
      calibration: isNative ? calibration : nil)
  }

  /// The model as it was decided. Throws what opening it throws.
  func open(_ family: some PrecisionFamily) throws -> any Backbone {
    try backbone ?? family.open(precision, calibration)
  }

  private init(
    measuring family: some PrecisionFamily, _ outputs: [BackboneOutput], _ inputs: MeasuredInputs
  ) throws {
    guard family.native.contains(where: { $0 != .f32 }) else {
      self.init(.f32, note: "precision f32: products run natively on this processor in no other")
      return
    }
    let measured = try PrecisionMeasurement(family, outputs: outputs, on: inputs)
    self.init(
      measured.choice.precision, choice: measured.choice, note: measured.choice.sentence,
      backbone: measured.backbone)
  }
}

extension PrecisionChoice {
  /// What was chosen and why.
  package var sentence: String {
    guard images > 0 else {
      return "precision f32: there was no image that could be read to measure others on"
    }
    let number = images == 1 ? "1 image" : "\(images) images"
    let tried = trials.map(Self.describe).joined(separator: "; ")
    let wanted = "wanted are \(Self.describe(bound))"
    let reason =
      precision == .f32 ? ": nothing faster is near enough on" : ", the fastest that is near f32 on"
    return "precision \(precision.rawValue)\(reason) \(number): \(tried); \(wanted)"
  }

  private static func describe(_ trial: Trial) -> String {
    guard let error = trial.error else {
      return "\(trial.precision.rawValue) does not run this model, or gives no finite numbers"
    }
    return "\(trial.precision.rawValue) " + describe(error)
  }

  private static func describe(_ error: PrecisionError) -> String {
    // Rounded down: 0.99999 is not 1.
    func cosine(_ value: Double) -> Double { (value * 1e5).rounded(.down) / 1e5 }
    let percent = (error.relativeError * 1e4).rounded() / 1e2
    return
      "cosines of \(cosine(error.worstCosine)) at worst and \(cosine(error.medianCosine)) in the median, "
      + "an error of \(percent) %"
  }
}
