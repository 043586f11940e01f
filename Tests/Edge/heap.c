// The heap of Sources/CEdgeSystem: blocks of all sizes and alignments, taken and returned in any order, keep what is in them.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCKS 200
#define STEPS 60000

static uint32_t state = 1;

static uint32_t below(uint32_t limit) {
  state = state * 1664525 + 1013904223;
  return (state >> 8) % limit;
}

static int told(const char *text, int status) {
  write(1, text, strlen(text));
  return status;
}

int mist_edge_main(int count, char **words) {
  static struct {
    unsigned char *bytes, filling;
    size_t size;
  } blocks[BLOCKS];
  (void)count;
  (void)words;
  for (int step = 0; step < STEPS; step++) {
    const uint32_t i = below(BLOCKS);
    if (blocks[i].bytes) {
      for (size_t k = 0; k < blocks[i].size; k++) {
        if (blocks[i].bytes[k] != blocks[i].filling) return told("a block changed\n", 1);
      }
      free(blocks[i].bytes);
      blocks[i].bytes = NULL;
      continue;
    }
    const size_t size = 1 + below(step % 7 ? 3000 : 300000), alignment = (size_t)16 << below(4);
    void *memory;
    if (posix_memalign(&memory, alignment, size) != 0) return told("there is no memory\n", 1);
    if ((uintptr_t)memory % alignment != 0) return told("a block is not aligned\n", 1);
    blocks[i].bytes = memory;
    blocks[i].size = size;
    blocks[i].filling = (unsigned char)(1 + below(255));
    memset(memory, blocks[i].filling, size);
  }
  return told("ok\n", 0);
}
