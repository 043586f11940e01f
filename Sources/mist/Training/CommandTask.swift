import MISTFeatures
import MISTFormats
import MISTTuning

/// A task as the command line knows it: which options are its own, and what they ask a search for.
protocol CommandTask: TuningTask {
  /// Names of the given options that only this task knows.
  static func ownOptions(_ command: Train) -> [String]
  /// What the command's options say. Throws `usage` for options that would mean nothing.
  static func fill(_ space: inout SearchSpace<Self>, _ command: Train) throws
}

enum CommandTasks {
  static let all: [any CommandTask.Type] = [Classes.self, Masks.self]

  /// Throws `bug` for a task without options.
  static func task(_ name: FeatureTask) throws -> any CommandTask.Type {
    guard let task = all.first(where: { $0.name == name }) else {
      throw MISTError(.bug, "mist train has no options for \(name.rawValue)")
    }
    return task
  }
}

extension CommandTask {
  /// What the command's options say. Throws `usage` for options of other tasks, or that would mean nothing.
  static func space(_ command: Train) throws -> SearchSpace<Self> {
    for other in CommandTasks.all where other.name != name {
      try OptionRefusal.other(other.ownOptions(command), of: other.name, task: name)
    }
    var space = SearchSpace<Self>()
    try command.training.fill(&space)
    space.features = try command.choices()
    space.budget = command.budget
    try fill(&space, command)
    return space
  }
}

/// Refuses options that would silently mean nothing.
enum OptionRefusal {
  /// Throws `usage` when options of another task were given.
  static func other(_ given: [String], of other: FeatureTask, task: FeatureTask) throws {
    guard let name = given.first else { return }
    throw MISTError(
      .usage, "\(name) is an option of \(other.rawValue), and this is for \(task.rawValue)",
      advice: "leave it out")
  }

  /// Throws `usage` unless `condition` holds for an option that was given.
  static func require(_ condition: Bool, _ name: String, given: Bool, _ problem: String) throws {
    guard given, !condition else { return }
    throw MISTError(.usage, "\(name) \(problem)", advice: "leave it out")
  }

  /// The names of those that are given.
  static func given(_ options: [(name: String, isGiven: Bool)]) -> [String] {
    options.filter(\.isGiven).map(\.name)
  }
}
