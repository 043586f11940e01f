#ifndef MIST_SYS_AUXV_H
#define MIST_SYS_AUXV_H
#define AT_PAGESZ 6
#define AT_HWCAP 16
#define AT_RANDOM 25
#define AT_HWCAP2 26
unsigned long getauxval(unsigned long type);
#endif
