import CProcess
import Foundation
import TestSupport
import Testing

/// What a process leaves behind and says when its output, its input or the process itself is cut off.
@Suite struct ProcessTests {
  @Test(arguments: [
    "mist --help", "mist --version", "mist train --help", "mist inspect MODEL", "mist inspect MODEL --json",
    "mist convert MODEL --dry-run", "mist convert MODEL -o made --json", "mist-edge --help",
    "mist-edge info BUNDLE", "mist-edge info BUNDLE --json",
  ])
  func lostOutputIsAFailure(command: String) throws {
    let command =
      command.replacingOccurrences(of: "MODEL", with: Fixture.path("vit/hf-vit/model.safetensors"))
      .replacingOccurrences(of: "BUNDLE", with: Fixture.path("edge-bundle/f32.mistedge"))
    try Fixture.withTemporaryFolder { folder in
      let full = try Tool.shell(command + " > /dev/full", in: folder)
      #expect(full.status == 74, "\(full.errors)")
      #expect(full.errors.contains("error[file.write-failed]: "), "\(full.errors)")
      // Nothing that the tool opens takes the place of a closed descriptor.
      let closed = try Tool.shell(command + " >&-", in: folder)
      #expect(closed.status == 74, "\(closed.errors)")
      // A reader that has seen enough is no failure.
      let left = try Tool.shell("(\(command); echo $? >status) | true; cat status", in: folder)
      #expect(["0\n", "74\n"].contains(left.output), "\(left.output)\(left.errors)")
      if command.hasPrefix("mist ") { #expect(left.output == "0\n" && left.errors == "", "\(left.errors)") }
    }
  }

  /// Many bytes that take no place on a disk: long enough for the script to shorten the file while it is read.
  private static func writeLarge(_ path: String) throws {
    let header = Array(#"{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}"#.utf8)
    let bytes = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.truncate(atOffset: UInt64(bytes.count) + 4_000_000_000)
    try file.close()
  }

  @Test func aFileThatIsShortenedWhileItIsReadIsNamed() throws {
    try Fixture.withTemporaryFolder { folder in
      try Self.writeLarge(folder + "/large.safetensors")
      let result = try Tool.shell(
        """
        mist inspect large.safetensors --stats & tool=$!
        until grep -qs large.safetensors /proc/$tool/maps; do kill -0 $tool || break; sleep 0.01; done
        truncate -s 4096 large.safetensors
        wait $tool
        """, in: folder)
      #expect(result.status == 74, "\(result.errors)")
      #expect(result.errors.contains("error[file.shortened]: large.safetensors: it was shortened"))
      #expect(result.errors.split(separator: "\n").count == 1, "no backtrace: \(result.errors)")
    }
  }

  @Test func whatIsNotSettledIsRemoved() throws {
    try Fixture.withTemporaryFolder { folder in
      let (part, inner, whole) = (folder + "/.part", folder + "/.part/.inner", folder + "/whole")
      try FileManager.default.createDirectory(atPath: part, withIntermediateDirectories: false)
      for path in [inner, whole] { try Data("x".utf8).write(to: URL(fileURLWithPath: path)) }
      for path in [part, inner, whole] { mist_process_temporary(path) }
      mist_process_settled(whole)
      mist_process_clean()
      for path in [part, inner] { mist_process_settled(path) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["whole"])
    }
  }

  @Test(arguments: [("INT", 130), ("TERM", 143), ("HUP", 129)])
  func aSignalIsTheStatusAndLeavesNoTemporaryFile(signal: String, status: Int32) throws {
    try Fixture.withTemporaryFolder { folder in
      try DrawnImages.write(to: folder + "/images", counts: [("train", 2), ("val", 2), ("test", 2)])
      // One image under many names: work for a while.
      for label in DrawnImages.classes {
        let image = folder + "/images/train/\(label)/train-"
        for i in 2..<2000 {
          try FileManager.default.linkItem(atPath: image + "0.png", toPath: image + "\(i).png")
        }
      }
      try mist("convert", Fixture.path("vit/hf-vit"), "-o", folder + "/model.safetensors")
      let result = try Tool.shell(
        """
        # A job in the background ignores SIGINT, and the test process may ignore others.
        env --default-signal=INT,TERM,HUP \\
          mist extract model.safetensors images -o store --gather 1 --threads 1 2>log & tool=$!
        until [ -e store/plan.json ]; do kill -0 $tool || break; sleep 0.01; done
        kill -\(signal) $tool
        wait $tool
        echo $?
        ls -A store | grep '[.]tmp$'
        """, in: folder)
      #expect(result.output == "\(status)\n", "\(result.output)\(result.errors)")
    }
  }

  @Test func aFileThatMayNotGrowIsAnErrorOfWriting() throws {
    try Fixture.withTemporaryFolder { folder in
      let model = Fixture.path("vit/hf-vit")
      let result = try Tool.shell(
        "ulimit -f 32; mist convert \(model) -o m.safetensors; echo $?; ls -A", in: folder)
      #expect(result.output.hasSuffix("74\n"), "\(result.output)")
      #expect(result.errors.contains("error[file.write-failed]: m.safetensors"), "\(result.errors)")
    }
  }

  /// Opening a pipe waits for whoever writes to it: for ever.
  @Test(arguments: [
    "mist-edge info pipe", "mist-edge run pipe pipe", "mist-edge run BUNDLE pipe", "mist inspect pipe",
    "mist convert pipe -o out.safetensors", "mist predict pipe pipe",
    "mist predict BUNDLE pipe", "mist eval pipe pipe", "mist export pipe -o out.mistedge",
    "mist-edge info /dev/zero", "mist inspect /dev/zero",
  ])
  func aPipeOrADeviceIsNoInput(command: String) throws {
    try Fixture.withTemporaryFolder { folder in
      let command = command.replacingOccurrences(
        of: "BUNDLE", with: Fixture.path("edge-bundle/f32.mistedge"))
      let result = try Tool.shell("mkfifo pipe; timeout 60 " + command, in: folder)
      #expect([64, 66].contains(result.status), "\(result.status) \(result.errors)")
      #expect(result.errors.contains("error[file."), "\(result.errors)")
    }
  }
}
