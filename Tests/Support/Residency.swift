import Foundation

#if os(Linux)
  /// What of a mapped file is in this process's resident memory, from `/proc/self/smaps`.
  public enum Residency {
    /// Resident bytes of all mappings of the file at `path`.
    public static func bytes(of path: String) throws -> Int {
      let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
      var total = 0
      var isOurs = false
      // The file's size is 0 to the system, so it has to be read to its end.
      let maps =
        try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/smaps")).readToEnd() ?? Data()
      for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.count > 1, words[0].contains("-"), !words[0].hasSuffix(":") {
          isOurs = line.hasSuffix(real)
        } else if isOurs, words.first == "Rss:" {
          total += (words.dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
        }
      }
      return total
    }
  }
#endif
