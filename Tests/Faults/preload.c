// Makes the n-th call of one function fail, counted from the first touch of a path below a folder. Loaded by LD_PRELOAD.
//
//   FAULTS_ROOT    the folder whose first touch starts the count
//   FAULTS_PAGE    a file of sizeof(struct page) zero bytes: the counts, and what the failed call was about
//   FAULTS_CALL    the function that fails, FAULTS_NTH its n-th call, FAULTS_ERRNO the errno
//   FAULTS_ON      set: every later call of it fails too, as on a full disk
//   FAULTS_SIGNAL  a signal that the process sends itself at its FAULTS_MOMENT-th call, of whatever function but malloc
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_CALL(result, failure, name, ...) number_##name,
#define BELOW_CALL PATH_CALL
#define DESCRIPTOR_CALL PATH_CALL
#define FOLDER_CALL PATH_CALL
#define STREAM_CALL PATH_CALL
enum {
#include "calls.h"
  number_open, number_open64, number_openat, number_openat64, number_close, number_mmap, number_pthread_create,
  number_malloc, count_of_calls
};
#undef PATH_CALL
#define PATH_CALL(result, failure, name, ...) #name,
static const char *const names[] = {
#include "calls.h"
    "open", "open64", "openat", "openat64", "close", "mmap", "pthread_create", "malloc"};
#undef PATH_CALL
#undef BELOW_CALL
#undef DESCRIPTOR_CALL
#undef FOLDER_CALL
#undef STREAM_CALL

// What the driver reads when the process has ended, however it ended.
struct page {
  _Atomic uint32_t touched, failed;
  char about[248];
  struct { char name[24]; _Atomic uint64_t count; } calls[64];
};
_Static_assert(count_of_calls <= 64, "the page has a row for every call");

static struct page *page;
static const char *root;
static size_t root_length;
static int chosen = -1, reason, from_then_on, signal_sent;
static uint64_t nth, moment;
static _Atomic uint64_t all;

static uint64_t number(const char *name) {
  const char *text = getenv(name);
  return text ? strtoull(text, NULL, 10) : 0;
}

// At the first call: other libraries' constructors make some before this one's would run.
static void begin(void) {
  static _Atomic int begun;
  if (atomic_exchange(&begun, 1)) return;
  const char *file = getenv("FAULTS_PAGE"), *call = getenv("FAULTS_CALL");
  int fd = file ? (int)openat(AT_FDCWD, file, O_RDWR | O_CLOEXEC) : -1;
  void *mapping = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapping == MAP_FAILED) return;
  close(fd);
  for (int i = 0; i < count_of_calls; i++) {
    strncpy(((struct page *)mapping)->calls[i].name, names[i], 23);
    if (call && strcmp(call, names[i]) == 0) chosen = i;
  }
  reason = (int)number("FAULTS_ERRNO");
  nth = number("FAULTS_NTH");
  signal_sent = (int)number("FAULTS_SIGNAL");
  moment = number("FAULTS_MOMENT");
  from_then_on = getenv("FAULTS_ON") != NULL;
  root = getenv("FAULTS_ROOT");
  root_length = root ? strlen(root) : 0;
  // What a signal's handler calls is looked up now: the loader's lock may be a halted thread's then.
  if (open("", O_RDONLY) >= 0 || unlink("") == 0 || rmdir("") == 0) abort();
  page = mapping;
}

static void look(const char *path) {
  begin();
  if (page && !page->touched && path && root_length && strncmp(path, root, root_length) == 0) page->touched = 1;
}

// Whether this call is the one that fails; notes what it was about.
static int fails(int call, const char *path, int fd) {
  begin();
  // Where the sentence is printed: it could not say that it cannot be.
  if (!page || !page->touched || fd == 2) return 0;
  if (moment && call != number_malloc && atomic_fetch_add(&all, 1) + 1 == moment) kill(getpid(), signal_sent);
  uint64_t count = atomic_fetch_add(&page->calls[call].count, 1) + 1;
  if (call != chosen || (count != nth && !(from_then_on && count > nth))) return 0;
  if (atomic_fetch_add(&page->failed, 1) == 0) {
    char link[40];
    ssize_t length = -1;
    if (path) {
      snprintf(page->about, sizeof page->about, "%s", path);
    } else if (fd >= 0) {
      static ssize_t (*real)(const char *, char *, size_t);
      real = (ssize_t(*)(const char *, char *, size_t))dlsym(RTLD_NEXT, "readlink");
      snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
      length = real(link, page->about, sizeof page->about - 1);
      page->about[length < 0 ? 0 : length] = '\0';
    }
  }
  errno = reason;
  return 1;
}

#include "wrappers.h"

// A handler's last call takes its time: what other threads make meanwhile must not be left either.
int raise(int sent) {
  if (sent == signal_sent) usleep(10000);
  return tgkill(getpid(), gettid(), sent);
}
