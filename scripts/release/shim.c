// What the objects of a newer Debian take from a C library that is newer than glibc 2.28, and what is left out.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

// glibc 2.36, for FoundationEssentials and libarchive.
void arc4random_buf(void *bytes, size_t count) {
    for (char *next = bytes; count > 0;) {
        ssize_t got = getrandom(next, count, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            abort(); // Better no random number than one that is not random.
        }
        next += got;
        count -= (size_t)got;
    }
}

uint32_t arc4random(void) {
    uint32_t number;
    arc4random_buf(&number, sizeof number);
    return number;
}

// glibc 2.35, for libgcc: -1 says that no unwinding tables were found, and there are none (see discard.ld).
int _dl_find_object(void *address, void *result) {
    (void)address;
    (void)result;
    return -1;
}

// glibc 2.32, for libstdc++: "maybe not" is always a right answer.
char __libc_single_threaded = 0;

// Encrypted ZIP archives are not written here. libarchive's own answer where it was built without a cipher: each of these
// functions says "not supported". It saves libnettle, whose licence asks for more than a notice of programs that hold it.
static int unsupported(void) { return -1; }
#define FOUR unsupported, unsupported, unsupported, unsupported
int (*const __archive_cryptor[16])(void) = {FOUR, FOUR, FOUR, FOUR};
int (*const __archive_hmac[16])(void) = {FOUR, FOUR, FOUR, FOUR};
