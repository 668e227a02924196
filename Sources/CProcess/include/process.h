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

#endif
