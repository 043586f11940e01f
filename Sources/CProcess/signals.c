#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

void (*mist_process_halt)(void);

// Everything below runs in a handler: nothing but calls that are safe there.

static void put(const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(STDERR_FILENO, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    count -= (size_t)written;
  }
}

static void put_shown(const char *path) {
  const uint8_t *next = (const uint8_t *)path, *end = next + strlen(path), *text;
  uint8_t buffer[10];
  while (next < end) {
    size_t count = mist_shown(&next, end, buffer, &text);
    put((const char *)text, count);
  }
}

// The signal comes again when the handler returns, with nobody to catch it: the status is the signal's.
static void end_by(int number) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  (void)sigaction(number, &action, NULL);
  (void)raise(number);
}

static void interrupted(int number) {
  int error = errno;
  if (mist_process_halt != NULL) mist_process_halt();
  mist_process_clean();
  end_by(number);
  errno = error;
}

static void bus_error(int number, siginfo_t *info, void *context) {
  (void)context;
  const char *path = info->si_code > 0 ? mist_process_file_at(info->si_addr) : NULL;
  if (path == NULL) {
    end_by(number);
    return;
  }
  static const char before[] = "error[file.shortened]: ";
  static const char after[] =
      ": it was shortened, or could not be read, while it was in use; run again when nobody writes to it.\n";
  put(before, sizeof before - 1);
  put_shown(path);
  put(after, sizeof after - 1);
  if (mist_process_halt != NULL) mist_process_halt();
  mist_process_clean();
  _exit(74);
}

void mist_process_prepare(void) {
  // Each takes the lowest free number, opened for what nobody does with it: using it fails as if it were closed.
  for (int fd = 0; fd <= 2; fd++) {
    if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd) _exit(74);
  }
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_IGN;
  (void)sigaction(SIGPIPE, &action, NULL);
  (void)sigaction(SIGXFSZ, &action, NULL);
  action.sa_sigaction = bus_error;
  action.sa_flags = SA_SIGINFO;
  (void)sigaction(SIGBUS, &action, NULL);
  static const int endings[] = {SIGINT, SIGTERM, SIGHUP};
  sigfillset(&action.sa_mask);
  action.sa_handler = interrupted;
  action.sa_flags = SA_RESTART;
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
    struct sigaction inherited;
    // What the parent ignores (nohup, a job in the background) stays ignored.
    if (sigaction(endings[i], NULL, &inherited) == 0 && inherited.sa_handler == SIG_IGN) continue;
    (void)sigaction(endings[i], &action, NULL);
  }
}
