/// The architecture of an edge network on feature maps (segmentation): everything that decides its parameters' number and
/// meaning. Per level: optional LayerNorm, M blocks of low-rank attention whose keys and values are mean-pooled over windows,
/// optional LayerNorm, a 1×1 product; the levels' maps are resized bilinearly to the output grid and summed, and either are the
/// logits (linear) or pass through ReLU and a classifier (SegFormer's all-MLP head in its merged form).
public struct MapHeadShape: Equatable, Sendable {
  /// One level of the feature pyramid.
  public struct Level: Equatable, Sendable {
    /// Map size h × w and channels C.
    public var height: Int
    public var width: Int
    public var channels: Int
    /// Blocks M of low-rank attention; 0 for none.
    public var depth: Int
    /// Side of the windows over which keys and values are mean-pooled after projection. Windows begin at multiples of it;
    /// those at the right and lower border may be cut. 1: none.
    public var reduction: Int

    public init(height: Int, width: Int, channels: Int, depth: Int = 0, reduction: Int = 1) {
      self.height = height
      self.width = width
      self.channels = channels
      self.depth = depth
      self.reduction = reduction
    }

    /// Tokens T = h·w, row by row.
    public var tokens: Int { height * width }
    /// Keys: windows.
    public var keys: Int {
      ((height + reduction - 1) / reduction) * ((width + reduction - 1) / reduction)
    }
  }

  /// Finest first; at least one.
  public var levels: [Level]
  /// Grid `H' × W'` on which the levels are summed and logits are formed: a quarter of the image.
  public var outputHeight: Int
  public var outputWidth: Int
  public var classes: Int
  /// Channels D after the summation; 0 for a linear head.
  public var hidden: Int
  /// Attention rank r.
  public var rank: Int
  /// Whether a trainable LayerNorm stands before the first block of every level.
  public var inputNorm: Bool
  /// Whether a trainable LayerNorm stands before every level's product. Heads imported from elsewhere have none.
  public var norm: Bool
  /// Epsilon of every LayerNorm.
  public var epsilon: Float

  public init(
    levels: [Level], outputHeight: Int, outputWidth: Int, classes: Int, hidden: Int = 0, rank: Int = 32,
    inputNorm: Bool = false, norm: Bool = true, epsilon: Float = 1e-6
  ) {
    self.levels = levels
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    self.classes = classes
    self.hidden = hidden
    self.rank = rank
    self.inputNorm = inputNorm
    self.norm = norm
    self.epsilon = epsilon
  }

  /// Rows of every level's product: D, or the classes of a linear head.
  public var outputRows: Int { hidden > 0 ? hidden : classes }
  /// Positions of the output grid.
  public var outputCount: Int { outputHeight * outputWidth }
}
