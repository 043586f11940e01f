// OpenBLAS starts a thread for every processor as it is loaded, before `main`, and raises SIGINT where the system refuses one. The
// products here run on one thread each and never use those. It asks this function of its own, which a program's takes the place
// of, how many there shall be; the environment could say it only before the program starts.
__attribute__((weak, visibility("default"))) int openblas_num_threads_env(void);
__attribute__((weak, visibility("default"))) int openblas_num_threads_env(void) { return 1; }
