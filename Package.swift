// swift-tools-version: 6.1
import PackageDescription

// One build compiles a module either embedded or not: with MIST_EMBEDDED set, this manifest holds the
// runtime alone, compiled as Embedded Swift. Build that one with its own scratch path (`./dev edge`).
let embedded = Context.environment["MIST_EMBEDDED"] != nil

// Heads of transformer blocks (LST, Partial-1) would be a tenth of that runtime: it has them with MIST_HEADS=all. MIST_HEADS=lae leaves LAE
// and linear heads alone, which are half of it.
let heads = embedded ? Context.environment["MIST_HEADS"] : "all"

// Training is a third of it: MIST_TUNING=0 leaves it out.
let withoutTuning = embedded && Context.environment["MIST_TUNING"] == "0"

let runtimeSettings: [SwiftSetting] =
  (heads == "all" ? [] : [.define("MIST_WITHOUT_TRANSFORMERS")])
  + (heads == "lae" ? [.define("MIST_LAE_ALONE")] : [])
  + (withoutTuning ? [.define("MIST_WITHOUT_TUNING")] : [])
  + (embedded
    ? [
      .enableExperimentalFeature("Embedded"),
      .unsafeFlags([
        "-wmo", "-Osize", "-Xllvm", "-sil-disable-pass=closure-specialize", "-Xfrontend", "-mergeable-traps",
        "-Xfrontend",
        "-function-sections",
      ]),
    ]
    : [])

// The kernels' inner loops are written out as vector operations, so that -Os costs them no time. MIST_COMPACT leaves out what the runtime
// has no use for.
let runtimeCSettings: [CSetting] =
  embedded ? [.unsafeFlags(["-Os", "-fno-asynchronous-unwind-tables", "-DMIST_COMPACT"])] : []

// With MIST_FUZZ set: the parsers and their fuzz targets alone, all compiled for libFuzzer with AddressSanitizer. Build that one
// with its own scratch path too (`./dev fuzz`).
let fuzzing = Context.environment["MIST_FUZZ"] != nil

let runtime: [Target] = [
  .target(name: "MISTEdge", swiftSettings: runtimeSettings, linkerSettings: [.linkedLibrary("m")]),
  .target(name: "MISTKernels", cSettings: runtimeCSettings),
  .target(
    name: "MISTEdgeKernels", dependencies: ["MISTEdge", "MISTKernels"], swiftSettings: runtimeSettings),
  .target(name: "CEdgeIO", cSettings: runtimeCSettings),
  // Signals and descriptors of a whole process: for the executables, never for a library.
  .target(name: "CProcess", cSettings: runtimeCSettings),
  .executableTarget(
    name: "mist-edge", dependencies: ["MISTEdge", "MISTEdgeKernels", "MISTKernels", "CEdgeIO", "CProcess"],
    swiftSettings: runtimeSettings,
    linkerSettings: embedded
      ? [
        .unsafeFlags([
          "-use-ld=lld", "-Xlinker", "--gc-sections", "-Xlinker", "--icf=all", "-Xlinker", "-s",
        ])
      ]
      : []),
]

let systemLibraries: [Target] = [
  .systemLibrary(
    name: "COpenBLAS", path: "Sources/System/COpenBLAS", pkgConfig: "openblas",
    providers: [.apt(["libopenblas-dev"])]),
  .systemLibrary(
    name: "CTurboJPEG", path: "Sources/System/CTurboJPEG", pkgConfig: "libturbojpeg",
    providers: [.apt(["libturbojpeg0-dev"])]),
  .systemLibrary(
    name: "CPNG", path: "Sources/System/CPNG", pkgConfig: "libpng",
    providers: [.apt(["libpng-dev"])]),
  .systemLibrary(
    name: "CCrypto", path: "Sources/System/CCrypto", pkgConfig: "libcrypto",
    providers: [.apt(["libssl-dev"])]),
  .systemLibrary(
    name: "CProtobufC", path: "Sources/System/CProtobufC", pkgConfig: "libprotobuf-c",
    providers: [.apt(["libprotobuf-c-dev"])]),
  .systemLibrary(
    name: "CZip", path: "Sources/System/CZip", pkgConfig: "libzip",
    providers: [.apt(["libzip-dev"])]),
  .systemLibrary(name: "CRename", path: "Sources/System/CRename"),
  .systemLibrary(
    name: "CZlib", path: "Sources/System/CZlib", pkgConfig: "zlib",
    providers: [.apt(["zlib1g-dev"])]),
]

let host: [Target] = [
  // oneDNN has no pkg-config file; its 2.x and 3.x interfaces differ, so one C shim hides both.
  .target(name: "COneDNN", linkerSettings: [.linkedLibrary("dnnl"), .linkedLibrary("gomp")]),
  .target(name: "COnnxProto", dependencies: ["CProtobufC"]),
  .target(name: "MISTLimits"),
  // libpng reports errors by longjmp, which must not cross Swift frames.
  .target(name: "CPNGShim", dependencies: ["CPNG"], path: "Sources/System/CPNGShim"),
  .target(name: "MISTFormats", dependencies: ["COnnxProto", "CCrypto", "CRename", "CZip", "CZlib"]),
  .target(name: "MISTModels", dependencies: ["MISTEdge", "MISTFormats"]),
  .target(
    name: "MISTBackbone",
    dependencies: [
      "MISTEdge", "MISTModels", "MISTFormats", "MISTKernels", "MISTLimits", "COneDNN", "COpenBLAS",
    ]),
  .target(
    name: "MISTVision", dependencies: ["MISTEdge", "MISTModels", "MISTFormats", "CTurboJPEG", "CPNGShim"]),
  .target(
    name: "MISTFeatures",
    dependencies: ["MISTEdge", "MISTKernels", "MISTVision", "MISTModels", "MISTFormats"]),
  .target(
    name: "MISTTuning",
    dependencies: [
      "MISTEdge", "MISTEdgeKernels", "MISTKernels", "MISTFeatures", "MISTModels", "MISTFormats", "COpenBLAS",
    ]),
  .target(
    name: "MISTBundle",
    dependencies: ["MISTEdge", "MISTTuning", "MISTFeatures", "MISTModels", "MISTFormats"]),
  .target(
    name: "MISTInference",
    dependencies: [
      "MISTEdge", "MISTFormats", "MISTModels", "MISTBackbone", "MISTVision", "MISTFeatures", "MISTTuning",
      "MISTBundle",
    ]),
  .executableTarget(
    name: "mist",
    dependencies: [
      "MISTEdge", "MISTFormats", "MISTModels", "MISTBackbone", "MISTVision", "MISTFeatures",
      "MISTTuning", "MISTBundle", "MISTInference", "CProcess",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
]

let tests: [Target] = [
  .target(name: "TestSupport", path: "Tests/Support"),
  .testTarget(name: "MISTEdgeTests", dependencies: ["TestSupport", "MISTEdge", "MISTKernels"]),
  .testTarget(name: "MISTFormatsTests", dependencies: ["TestSupport", "MISTFormats"]),
  .testTarget(name: "MISTModelsTests", dependencies: ["TestSupport", "MISTModels", "MISTFormats"]),
  .testTarget(
    name: "MISTBackboneTests",
    dependencies: [
      "TestSupport", "MISTBackbone", "MISTModels", "MISTEdge", "MISTFormats", "MISTKernels", "MISTLimits",
    ]),
  .testTarget(
    name: "MISTVisionTests", dependencies: ["TestSupport", "MISTVision", "MISTModels", "MISTFormats"]),
  .testTarget(
    name: "MISTFeaturesTests",
    dependencies: ["TestSupport", "MISTFeatures", "MISTVision", "MISTModels", "MISTEdge", "MISTFormats"]),
  .testTarget(
    name: "MISTTuningTests",
    dependencies: ["TestSupport", "MISTTuning", "MISTFeatures", "MISTModels", "MISTEdge", "MISTFormats"]),
  .testTarget(
    name: "MISTBundleTests",
    dependencies: [
      "TestSupport", "MISTBundle", "MISTTuning", "MISTFeatures", "MISTEdge", "MISTEdgeKernels", "MISTFormats",
    ]),
  .testTarget(
    name: "MISTInferenceTests",
    dependencies: [
      "TestSupport", "MISTInference", "MISTFeatures", "MISTTuning", "MISTBackbone", "MISTVision",
      "MISTModels",
      "MISTEdge", "MISTFormats",
    ]),
  .testTarget(name: "StructureTests", dependencies: ["TestSupport"]),
  .testTarget(
    name: "CLITests", dependencies: ["TestSupport", "MISTVision", "CProcess", "mist", "mist-edge"]),
]

/// Fuzz targets, with what each one drives.
let fuzzed: [(name: String, modules: [Target.Dependency])] = [
  ("FuzzSafetensors", ["MISTFormats"]),
  ("FuzzONNX", ["MISTFormats", "MISTModels"]),
  ("FuzzModel", ["MISTFormats", "MISTModels"]),
  ("FuzzConfiguration", ["MISTFormats", "MISTModels"]),
  ("FuzzZip", ["MISTFormats"]),
  ("FuzzTar", ["MISTFormats"]),
  ("FuzzNPZ", ["MISTFormats"]),
  ("FuzzPickle", ["MISTFormats"]),
  ("FuzzBundle", ["MISTEdge"]),
  ("FuzzFeatures", ["MISTEdge"]),
  ("FuzzManifest", ["MISTFeatures"]),
  ("FuzzPlan", ["MISTFeatures"]),
  ("FuzzHead", ["MISTFormats", "MISTTuning"]),
  ("FuzzPrepacked", ["MISTFormats", "MISTBackbone"]),
  ("FuzzImage", ["MISTVision"]),
  ("FuzzMask", ["MISTVision"]),
]

/// Every module that reads files, instrumented, and the fuzz targets.
@MainActor func fuzzTargets() -> [Target] {
  let parsers = [
    "MISTEdge", "MISTEdgeKernels", "MISTKernels", "MISTLimits", "COneDNN", "COnnxProto", "CPNGShim",
    "MISTFormats", "MISTModels",
    "MISTBackbone", "MISTVision", "MISTFeatures", "MISTTuning",
  ]
  var targets = (runtime + host).filter { parsers.contains($0.name) }
  targets.append(.target(name: "CFuzzDriver", path: "Tests/Fuzz/Driver"))
  targets.append(
    .target(name: "FuzzSupport", dependencies: ["CFuzzDriver", "MISTFormats"], path: "Tests/Fuzz/Support"))
  for (name, modules) in fuzzed {
    targets.append(
      .executableTarget(
        name: name, dependencies: ["FuzzSupport"] + modules, path: "Tests/Fuzz/" + name,
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]))
  }
  for target in targets {
    target.swiftSettings = [.unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library"])]
    target.cSettings = [.unsafeFlags(["-fsanitize=fuzzer-no-link,address"])]
  }
  return systemLibraries + targets
}

let package = Package(
  name: "mist",
  platforms: [.macOS(.v15)],
  products: fuzzing
    ? []
    : [
      .library(name: "MISTEdge", targets: ["MISTEdge"]),
      .executable(name: "mist-edge", targets: ["mist-edge"]),
    ]
      + (embedded
        ? []
        : [
          .library(name: "MISTInference", targets: ["MISTInference"]),
          .executable(name: "mist", targets: ["mist"]),
        ]),
  dependencies: embedded || fuzzing
    ? []
    : [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")],
  targets: fuzzing ? fuzzTargets() : embedded ? runtime : runtime + systemLibraries + host + tests,
  swiftLanguageModes: [.v6]
)
