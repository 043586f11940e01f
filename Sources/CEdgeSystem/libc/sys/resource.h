#ifndef MIST_SYS_RESOURCE_H
#define MIST_SYS_RESOURCE_H
// Asked for where there is no /proc.
struct rusage {
  long ru_maxrss;
};
#define RUSAGE_SELF 0
int getrusage(int who, struct rusage *found);
#endif
