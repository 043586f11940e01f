import MISTFormats
import MISTModels

/// One tensor that a SegFormer's forward pass gives: a map `[h·w, C]`, row by row, channels last. Blocks count from 1 over all
/// stages, stages and levels from 1.
public enum SegFormerOutput: Hashable, Sendable {
  /// F_k: the first patch embedding's output for k = 0, else the residual stream after block k.
  case block(Int)
  /// The output of a stage after its LayerNorm.
  case stage(Int)
  /// A_level at depth k: `A_1 = F₀ + Σ F_i`, `A_s = Down_s(A_{s−1}) + Σ F_i`, sums over the stage's blocks up to block k.
  case gather(k: Int, level: Int)
  /// The decode head's output `[h·w, classes]` on level 1's map, or the scores of the checkpoint's classifier of images `[classes]`.
  case logits
}

/// What a forward pass is asked for. Blocks after the last one needed do not run.
public struct SegFormerOutputs: Sendable {
  public let outputs: Set<SegFormerOutput>
  /// The coarsest level asked for, per gather depth, in order of depth.
  let gathers: [(k: Int, level: Int)]

  public init(_ outputs: some Sequence<SegFormerOutput>) {
    self.outputs = Set(outputs)
    var levels: [Int: Int] = [:]
    for case .gather(let k, let level) in self.outputs { levels[k] = max(level, levels[k] ?? level) }
    gathers = levels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Gather depths at `levels` (all four of published models by default), and optionally every stage's output.
  public init(gathers: [Int], levels: ClosedRange<Int> = 1...4, stages: Bool = false) {
    self.init(
      gathers.flatMap { k in levels.map { .gather(k: k, level: $0) } }
        + (stages ? levels.map { .stage($0) } : []))
  }

  public func contains(_ output: SegFormerOutput) -> Bool { outputs.contains(output) }

  /// The last block that must run of a model of configuration `c`; 0 when the first patch embedding is enough.
  public func lastBlock(of c: SegFormerConfiguration) -> Int {
    outputs.map { output in
      switch output {
      case .block(let k): k
      case .stage(let s): c.depth(through: s)
      case .gather(let k, let level): min(k, c.depth(through: level))
      case .logits: c.depth
      }
    }.max() ?? 0
  }

  /// Throws `backbone.depth` for depths, stages and levels that a model of configuration `c` does not have.
  func check(_ c: SegFormerConfiguration) throws {
    for output in outputs {
      switch output {
      case .block(let k), .gather(let k, level: _):
        guard (0...c.depth).contains(k) else {
          throw MISTError(
            .backboneDepth, "depth \(k) was asked for, and the model has blocks 1 to \(c.depth)",
            advice: "ask for a depth from 0 to \(c.depth)")
        }
      case .stage, .logits: break
      }
      switch output {
      case .stage(let s), .gather(k: _, level: let s):
        guard (1...c.stages.count).contains(s) else {
          throw MISTError(
            .backboneDepth, "stage \(s) was asked for, and the model has stages 1 to \(c.stages.count)")
        }
      case .block, .logits: break
      }
    }
  }
}

extension SegFormerConfiguration {
  /// Blocks of stages 1 to `stage` together.
  func depth(through stage: Int) -> Int { stages.prefix(stage).reduce(0) { $0 + $1.depth } }

  /// The stage, from 1, that block `k` belongs to; the first for what enters it.
  func stage(of k: Int) -> Int {
    stages.indices.first { k <= depth(through: $0 + 1) }.map { $0 + 1 } ?? stages.count
  }
}
