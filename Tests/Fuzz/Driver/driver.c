#include "fuzz_driver.h"

// SwiftPM makes a function of an executable's module its `main`, so libFuzzer's own main is not linked.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *, size_t));

int mist_fuzz(int argc, char **argv, int (*one)(const uint8_t *, size_t)) {
  return LLVMFuzzerRunDriver(&argc, &argv, one);
}
