#ifndef THEROCK_PROCESS_H
#define THEROCK_PROCESS_H

/// How many arguments the process was started with, its own name included.
int process_argument_count(void);

/// The argument at an index from 0 to one less than their count.
const char *process_argument(int index);

/// How many bytes of addresses the process may use (`ulimit -v`); 0 if it is not limited.
unsigned long process_address_space_limit(void);

/// Lets a process whose address space is limited (`ulimit -v`) end with a message and exit code 1, not with a signal,
/// when the runtime gives up because memory is refused. Without a limit nothing changes.
void process_explain_lack_of_memory(void);

/// Opens a path below a directory that may neither lead out of it nor go through a symlink (`openat2`, Linux 5.6).
///
/// Returns the descriptor, or -1 with `errno` set: also where the kernel does not have the call, or does not allow it.
int process_open_beneath(int directory, const char *path, int flags);

#endif
