/// The structure of an ONNX model without its weights: what name recovery and architecture detection walk.
public struct ONNXGraph: Sendable {
  public enum Attribute: Sendable, Equatable {
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

  public struct Node: Sendable {
    public let name: String
    public let opType: String
    public let domain: String
    public let inputs: [String]
    public let outputs: [String]
    public let attributes: [String: Attribute]

    public init(
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
  public struct Value: Sendable {
    public let name: String
    public let shape: [Int?]

    public init(name: String, shape: [Int?]) {
      self.name = name
      self.shape = shape
    }
  }

  public let producer: String
  public let opset: Int
  /// In file order, which ONNX requires to be topological.
  public let nodes: [Node]
  public let inputs: [Value]
  public let outputs: [Value]
  /// Names of the initialisers, in file order.
  public let initializers: [String]

  public init(
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
