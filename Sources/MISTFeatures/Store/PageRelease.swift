#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Takes the pages of `bytes`, a view of a mapped file, out of this process's resident memory. They stay in the system's
/// cache, and reading them again maps them again: the peak memory of a job over a large store stays that of a sample,
/// and the cache alone decides how much of the store is kept.
func releasePages(of bytes: UnsafeRawBufferPointer) {
  guard let base = bytes.baseAddress, bytes.count > 0 else { return }
  let page = UInt(getpagesize())
  let start = UInt(bitPattern: base) / page * page
  let end = (UInt(bitPattern: base) + UInt(bytes.count) + page - 1) / page * page
  guard let address = UnsafeMutableRawPointer(bitPattern: start) else { return }
  madvise(address, Int(end - start), MADV_DONTNEED)
}
