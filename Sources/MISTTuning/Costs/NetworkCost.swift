import MISTEdge
import MISTFeatures
import MISTModels

/// What a head costs a device, per image.
package struct NetworkCost: Hashable, Sendable {
  /// Bytes of the features that it reads, as they are stored and sent.
  package let transfer: Int
  /// Trainable parameters, final norm and classifier included.
  package let parameters: Int
  package let multiplyAdds: MultiplyAdds
  /// Bytes of working memory that predicting one image takes, and training on one thread; nil when no machine has as much.
  package let prediction: Int?
  package let training: Int?

  /// Of a network of `shape` that reads `inputs` as a store of `type` holds them.
  package init(_ shape: NetworkShape, inputs: [MapLevel], type: StoredType) {
    transfer = TransferCost.bytes(inputs, type: type)
    parameters = ParameterTable(shape).count
    multiplyAdds = shape.multiplyAdds
    prediction = HeadMemory.prediction(shape, threads: 1)
    training = HeadMemory.training(shape, threads: 1, labelBytes: 0)
  }
}

extension NetworkCost {
  /// Whether less is sent, or as much and the network is smaller.
  func isCheaper(than other: NetworkCost) -> Bool {
    (transfer, parameters) < (other.transfer, other.parameters)
  }

  /// As the option of a budget has it.
  package var words: String {
    "transfer=\(transfer),parameters=\(parameters),macs=\(multiplyAdds.total)"
      + (prediction.map { ",arena=\($0)" } ?? "")
  }
}

/// What features of one image take.
package enum TransferCost {
  /// Bytes of `inputs` stored as `type`: of int8 with a scale and an offset per token or position.
  package static func bytes(_ inputs: [MapLevel], type: StoredType) -> Int {
    inputs.reduce(0) { sum, input in
      sum + input.positions * (input.channels * type.size + (type == .int8 ? 2 * StoredType.f32.size : 0))
    }
  }
}
