import Foundation
import FuzzSupport
import MISTFeatures
import MISTFormats

/// Edits of `plan.json` in the folder of a begun extraction: the same extraction refuses it, or ends in the store that it would
/// have been. An input is a list of edits: two bytes where, one how many bytes go, one how many come, and those.
@_cdecl("FuzzPlan_main")
func run(_ count: Int32, _ arguments: Arguments?) -> Int32 {
  let folder = "/dev/shm/mist-fuzz-plan-\(getpid())"
  defer { for end in ["", "-images"] { try? FileManager.default.removeItem(atPath: folder + end) } }
  guard let begun = refusing({ try BegunStore(folder) }) else { fatalError("the extraction must begin") }
  return fuzz(count, arguments) { bytes in
    let plan = edited(begun.plan, by: Array(bytes))
    // The plan as it was takes the longest, and says nothing new.
    guard plan != begun.plan else { return }
    begun.restore(plan: plan)
    guard refusing({ try begun.extract() }) != nil else { return }
    guard let manifest = refusing({ try FeatureStore(path: folder).manifest }) else {
      fatalError("what an extraction finished does not open")
    }
    precondition(begun.isSame(manifest), "another plan was carried out")
  }
}

private func edited(_ plan: [UInt8], by edits: [UInt8]) -> [UInt8] {
  var (plan, rest) = (plan, edits[...])
  while rest.count >= 4 {
    let head = Array(rest.prefix(4)).map { Int($0) }
    rest = rest.dropFirst(4)
    let start = (head[0] << 8 | head[1]) % (plan.count + 1)
    let end = min(plan.count, start + head[2])
    plan.replaceSubrange(start..<end, with: rest.prefix(head[3]))
    rest = rest.dropFirst(head[3])
  }
  return plan
}
