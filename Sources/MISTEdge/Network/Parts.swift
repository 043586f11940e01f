/// Calls its second argument once for every number below its first, in any order and on as many threads as it likes, and returns when all
/// have ended.
package typealias Parts = (Int, (Int) -> Void) -> Void

/// One after the other, on this thread.
package func inTurn(_ count: Int, _ body: (Int) -> Void) { for i in 0..<count { body(i) } }
