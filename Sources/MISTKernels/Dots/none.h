// Takes back what avx512.h, avx2.h or neon.h defined.
#undef DOT_SET
#undef DOT_LANES
#undef DOT_ROWS
#undef DOT_VECTORS
#undef DOT_BF16
#undef DOT_INT8
#undef dot_v
#undef dot_zero
#undef dot_load
#undef dot_group
#undef dot_bf16
#undef dot_int8
#undef dot_store_bf16
#undef dot_store_int8
#undef matrix_multiply_bf16
#undef matrix_multiply_int8
