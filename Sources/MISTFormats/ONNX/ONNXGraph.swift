/// The structure of an ONNX model without its weights: what name recovery and architecture detection walk.
package struct ONNXGraph: Sendable {
  package enum Attribute: Sendable, Equatable {
    case int(Int)
    case float(Float)
    case string(String)
    case ints([Int])
    case floats([Float])
    case strings([String])
    /// A tensor attribute; its value is a tensor of the archive under this name.
    case tensor(String)
    /// A branch of control flow, of which only the operators are known, in order.
    case branch([String])
    /// A kind this reader has no use for (lists of graphs, sparse tensors).
    case other
  }

  package struct Node: Sendable {
    package let name: String
    package let opType: String
    package let domain: String
    package let inputs: [String]
    package let outputs: [String]
    package let attributes: [String: Attribute]

    package init(
      name: String, opType: String, domain: String, inputs: [String], outputs: [String],
      attributes: [String: Attribute]
    ) {
      self.name = name
      self.opType = opType
      self.domain = domain
      self.inputs = inputs
      self.outputs = outputs
      self.attributes = attributes
    }
  }

  /// A graph input or output; a dimension is nil where it is symbolic or unknown.
  package struct Value: Sendable {
    package let name: String
    package let shape: [Int?]

    package init(name: String, shape: [Int?]) {
      self.name = name
      self.shape = shape
    }
  }

  package let producer: String
  package let opset: Int
  /// In file order, which ONNX requires to be topological.
  package let nodes: [Node]
  package let inputs: [Value]
  package let outputs: [Value]
  /// Names of the initialisers, in file order.
  package let initializers: [String]

  package init(
    producer: String, opset: Int, nodes: [Node], inputs: [Value], outputs: [Value], initializers: [String]
  ) {
    self.producer = producer
    self.opset = opset
    self.nodes = nodes
    self.inputs = inputs
    self.outputs = outputs
    self.initializers = initializers
  }
}
