import Foundation
import MISTFeatures
import MISTVision
import TestSupport
import Testing

/// Which parts of which images an extraction of annotated images lists.
@Suite struct ViewTests {
  @Test func viewsAreSeededCropsOfTrainingImages() throws {
    try Fixture.withTemporaryFolder { folder in
      let scenes = try DrawnScenes.make(in: folder)
      let settings = StoreManifest.Views(count: 6, seed: 3)
      try DrawnScenes.extract(scenes, to: folder + "/store", views: settings)
      try DrawnScenes.extract(scenes, to: folder + "/other", views: .init(count: 6, seed: 4))
      let store = try FeatureStore(path: folder + "/store")
      #expect(store.manifest.views == settings)
      let train = try store.split("train")
      #expect(train.count == 30 && train.views == (0..<30).map { $0 % 6 })
      #expect((0..<30).allSatisfy { train.file(of: $0) == scenes.splits[0].files[$0 / 6] })
      let views = try MapStoreTests.views(store, "train")
      for (sample, view) in views.enumerated() {
        let image = try ImageDecoder.decode(scenes.path + "/" + train.file(of: sample))
        #expect(view[0] + view[2] <= image.height && view[1] + view[3] <= image.width)
        if sample % 6 == 0 {
          #expect(view == [0, 0, image.height, image.width, 0])
        } else {
          // Half a pixel is the rounding of a side.
          #expect(Double(view[2]) >= 0.5 * Double(image.height) - 0.5)
          #expect(Double(view[3]) >= 0.5 * Double(image.width) - 0.5)
        }
      }
      let random = views.indices.filter { $0 % 6 > 0 }.map { views[$0] }
      #expect(Set(random).count == random.count)
      #expect((5...20).contains(random.count { $0[4] == 1 }))
      // Every file has windows of its own: relative to their images, sides of one view number differ by more than rounding.
      let heights = views.indices.filter { $0 % 6 == 1 }.map {
        Double(views[$0][2]) / Double(views[$0 - 1][2])
      }
      #expect((heights.max() ?? 0) - (heights.min() ?? 0) > 0.1)
      let val = try store.split("val")
      #expect(val.count == 3 && val.views == [0, 0, 0])
      let other = try MapStoreTests.views(FeatureStore(path: folder + "/other"), "train")
      #expect(zip(views, other).count { $0 == $1 } == 5)
    }
  }
}
