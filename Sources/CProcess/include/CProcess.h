#ifndef MIST_PROCESS_H
#define MIST_PROCESS_H

#include <stddef.h>
#include <stdint.h>

// What an executable, and never a library, arranges for its whole process: descriptors, signals, and what a signal leaves behind.

/// To be called first in `main`. Descriptors 0 to 2 that are closed fail from now on instead of becoming those of the next files
/// opened; SIGPIPE and SIGXFSZ become errors of a write; SIGINT, SIGTERM and SIGHUP remove this process's temporary files before
/// they end it; SIGBUS in a file of the table below, which somebody has shortened, ends with status 74 and the file's name.
void mist_process_prepare(void);

/// To be called behind it by an executable of several threads: before a signal's handler removes files, it halts the others, which
/// could make more.
void mist_process_has_threads(void);

/// Halts every other thread for ever, once that was called; NULL before.
extern void (*mist_process_halt)(void);

/// `count` bytes at `base` are the mapped file at `path`, which is copied.
void mist_process_mapped(const void *base, size_t count, const char *path);

/// The mapping at `base` is about to end.
void mist_process_unmapped(const void *base);

/// The file or folder at `path` is to be removed when a signal ends the process. A folder comes before what it holds.
void mist_process_temporary(const char *path);

/// `path` has been removed, or has its final name.
void mist_process_settled(const char *path);

/// Removes every temporary file and folder; safe in a signal handler.
void mist_process_clean(void);

/// The path of the mapped file that holds `address`, or NULL; safe in a signal handler.
const char *mist_process_file_at(const void *address);

/// How the character at `*next`, which is before `end`, is shown on a terminal: sets `*text` to bytes and returns their number, and
/// moves `*next` behind the character. One that a terminal would obey instead of showing it (C0, DEL, C1, what turns the direction
/// of writing, line and paragraph separators) is ASCII in `buffer`, such as `\u{1b}`, and what is not UTF-8 such as `\xff`.
size_t mist_shown(const uint8_t **next, const uint8_t *end, uint8_t buffer[10], const uint8_t **text);

#endif
