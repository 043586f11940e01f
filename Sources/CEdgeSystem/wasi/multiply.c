#include <stdint.h>

// What the compiler calls for products of 64 bits whose overflow is asked for.
__int128 __multi3(__int128 a, __int128 b);
__int128 __multi3(__int128 a, __int128 b) {
  const uint64_t x = (uint64_t)a, y = (uint64_t)b, half = 0xffffffff;
  const uint64_t low = (x & half) * (y & half), left = (x >> 32) * (y & half), right = (x & half) * (y >> 32);
  const uint64_t middle = (low >> 32) + (left & half) + (right & half);
  const uint64_t high = (x >> 32) * (y >> 32) + (left >> 32) + (right >> 32) + (middle >> 32) +
                        (uint64_t)(a >> 64) * y + x * (uint64_t)(b >> 64);
  return (__int128)((unsigned __int128)high << 64 | (middle << 32 | (low & half)));
}
