#pragma once
#include <stddef.h>
#include <stdint.h>

// Hands control to libFuzzer, which calls `one` with each input.
int mist_fuzz(int argc, char **argv, int (*one)(const uint8_t *data, size_t size));
