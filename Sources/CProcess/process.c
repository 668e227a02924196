#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int count;
static char **arguments;

unsigned long process_address_space_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? (unsigned long)limit.rlim_cur : 0;
}

// The C library hands a program's arguments to its constructors. Swift would read them from /proc, which chroots and
// minimal containers do not have.
__attribute__((constructor)) static void keep_arguments(int argc, char **argv) {
    count = argc;
    arguments = argv;
    // Each further arena reserves 64 MiB of addresses, and threads that cannot be made are waited for without end.
    if (process_address_space_limit() != 0) mallopt(M_ARENA_MAX, 1);
}

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

// The C library has no function for it. As in <linux/openat2.h>, which older systems do not have.
int process_open_beneath(int directory, const char *path, int flags) {
    struct { unsigned long long flags, mode, resolve; } how = {.flags = (unsigned)flags};
    const unsigned long long no_symlinks = 0x04, beneath = 0x08;
    how.resolve = no_symlinks | beneath;
    return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int process_argument_count(void) { return count; }

const char *process_argument(int index) { return arguments[index]; }

// libdispatch looks at its threads in /proc/TID/stat every second, and stops the process if there is no such file.
// Where there is no /proc, it sees a thread that runs. Every other call is the C library's own.
int open(const char *path, int flags, ...) {
    mode_t mode = 0;
    if (flags & (O_CREAT | O_TMPFILE)) {
        va_list list;
        va_start(list, flags);
        mode = va_arg(list, mode_t);
        va_end(list);
    }
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (file >= 0 || errno != ENOENT || strncmp(path, "/proc/", 6) != 0) return file;
    const char *name = path + 6 + strspn(path + 6, "0123456789");
    if (strcmp(name, "/stat") != 0 || access("/proc/self", F_OK) == 0) {
        errno = ENOENT;
        return -1;
    }
    static const char running[] = "0 (thread) R 0\n";
    file = memfd_create("stat", MFD_CLOEXEC);
    if (file >= 0) (void)!pwrite(file, running, sizeof running - 1, 0);
    return file;
}

static void explain(int signal) {
    static const char message[] =
        "error: the process ended in the middle of its work, probably because memory ran out (signal ";
    static const char help[] =
        ")\n  = help: its address space is limited: raise the limit (`ulimit -v`), or lower --concurrency\n";
    char number[2] = {(char)('0' + signal / 10 % 10), (char)('0' + signal % 10)};
    // Only calls that are allowed in a signal handler.
    (void)!write(STDERR_FILENO, message, sizeof message - 1);
    (void)!write(STDERR_FILENO, number, sizeof number);
    (void)!write(STDERR_FILENO, help, sizeof help - 1);
    _exit(1);
}

void process_explain_lack_of_memory(void) {
    if (process_address_space_limit() == 0) return;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = explain;
    // Runtimes stop by an illegal instruction, a trap or an abort where an allocation fails; a null pointer is the rest.
    const int signals[] = {SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS};
    for (unsigned index = 0; index < sizeof signals / sizeof *signals; index++) {
        sigaction(signals[index], &action, NULL);
    }
}
