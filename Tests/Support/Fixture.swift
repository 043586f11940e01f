import Foundation

/// Paths of the files that tests read, and scratch folders for those they write.
public enum Fixture {
  /// The checkout's `Fixtures` folder, found from this source file so that tests run from any directory.
  public static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures").path

  public static func path(_ relative: String) -> String { root + "/" + relative }

  /// Every file below `Fixtures/` + `folder` (a path per file), sorted.
  public static func files(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(folder)).sorted().map { path(folder) + "/" + $0 }
  }

  /// Runs `body` with a fresh, empty folder and removes the folder afterwards.
  public static func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
    let name = "mist-test-\(UUID().uuidString)"
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
  }
}
