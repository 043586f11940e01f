import TestSupport
import Testing

/// What is said of annotations is applied, or refused where there are none.
@Suite struct AnnotationOptionTests {
  @Test(arguments: [
    ["--views", "2"], ["--seed", "1"], ["--export", "final"], ["--reduce-zero-label"],
    ["--no-reduce-zero-label"],
  ])
  func optionsForMasksAreRefusedWithClasses(_ options: [String]) throws {
    try Fixture.withTemporaryFolder { folder in
      let model = folder + "/model.safetensors"
      try mist("convert", Fixture.path("vit/timm-vit"), "-o", model)
      try DrawnImages.write(to: folder + "/images", counts: [("train", 1)])
      let result = try Tool.run(["extract", model, folder + "/images", "--dry-run"] + options)
      #expect(result.status == 64, "\(result.errors)")
      #expect(
        result.errors.contains("error[usage]: \(options[0]) is an option of segmentation"), "\(result.errors)"
      )
    }
  }
}
