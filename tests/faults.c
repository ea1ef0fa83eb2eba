/* What fails at the step it is told to: preloaded into a process under test, it numbers the calls by which
   that process touches disk, locks, memory, wire and children, and kills, refuses or delays one of them.
   Where the power is to be cut it notes what each write wrote over, and which writes were synced.

   Rule: it stands where the kernel would refuse, below SQLite and Python alike; what is under test knows
   nothing of it. Control is a shared mapping of the file that FAULTS names, so that whoever is forked or
   started counts on, and who watches sees where a killed one got to. glibc only. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, NAME = 4, READ = 8, LOCK = 16, SEND = 32, CHILD = 64, MEMORY = 128, COMMIT = 256 };
enum { KILL = -1, DELAY = -2, CUT = -3, STILLBORN = -4 }; /* any other fault is the errno that is answered */
#define STEPS 4000000

struct control {
    long kinds;   /* which steps are numbered; 0 for none */
    long at;      /* the step that fails, from 1 on; 0 for none */
    long fault;   /* KILL, DELAY or an errno */
    long lasting; /* whether all steps after it fail, too, until `kinds` is 0 */
    long step;    /* how many were numbered */
    long hit;     /* how many failed */
    unsigned short kind[STEPS];
};

struct control *faults_control;
#define control faults_control
static char *sqlite_from, *sqlite_to;
static int undo_file = -1; /* FAULTS with ".undo": what `power_cut.py` reads */

/* ── control ─────────────────────────────────────────────────────────────────────────────── */

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS");
    if (!path) return;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED) control = mapped;
    char undo[4096];
    if (strlen(path) > sizeof undo - 6) return;
    undo_file = open(strcat(strcpy(undo, path), ".undo"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int found(struct dl_phdr_info *info, size_t size, void *name) {
    (void)size;
    if (!strstr(info->dlpi_name, name)) return 0;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && info->dlpi_phdr[i].p_flags & PF_X) {
            sqlite_from = (char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            sqlite_to = sqlite_from + info->dlpi_phdr[i].p_memsz;
        }
    return 1;
}

/* Memory is refused to the library of this name alone. Returns whether it is loaded. */
int faults_of_memory(const char *library) { return dl_iterate_phdr(found, (void *)library); }

static void sleep_for(long nanoseconds) {
    static int (*real)(const struct timespec *, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "nanosleep");
    struct timespec pause = {0, nanoseconds};
    real(&pause, NULL);
}

/* Number a step; not 0 where it is to fail, errno saying how. */
static int fails(int kind) {
    if (!control || !(control->kinds & kind)) return 0;
    long step = __atomic_add_fetch(&control->step, 1, __ATOMIC_SEQ_CST);
    if (step <= STEPS) control->kind[step - 1] = kind;
    if (!control->at || step < control->at || (step > control->at && !control->lasting)) return 0;
    __atomic_add_fetch(&control->hit, 1, __ATOMIC_SEQ_CST);
    if (control->fault == KILL || control->fault == CUT) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    if (control->fault == DELAY) {
        sleep_for(30 * 1000 * 1000);
        return 0;
    }
    errno = control->fault;
    return 1;
}

/* A step that the process under test names itself. */
void faults_step(void) { fails(COMMIT); }

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* ── files ───────────────────────────────────────────────────────────────────────────────── */

static int is_file(int fd) {
    struct stat about;
    return control && control->kinds && fd > 2 && !fstat(fd, &about) && S_ISREG(about.st_mode);
}

static int is_wire(int fd) {
    struct sockaddr_storage here;
    socklen_t size = sizeof here;
    return control && control->kinds && !getsockname(fd, (struct sockaddr *)&here, &size) &&
           here.ss_family != AF_UNIX;
}

/* ── what a power cut may undo: `before` bytes of a file, or a word on all its writes so far ──────── */

enum { SYNCED = -1, GONE = -2 }; /* in place of where was written */
struct undo {
    long device, inode, at, count, size; /* the file's size before */
};

static void note(const struct stat *file, int fd, long at, long count) {
    if (!control || !control->kinds || control->fault != CUT || undo_file < 0) return;
    struct undo *made = calloc(1, sizeof *made + count);
    if (!made) abort();
    *made = (struct undo){file->st_dev, file->st_ino, at, count, file->st_size};
    if (count && syscall(SYS_pread64, fd, made + 1, count, at) < 0) abort();
    if (syscall(SYS_write, undo_file, made, sizeof *made + count) < 0) abort();
    free(made);
}
static void note_write(int fd, long at, long count) {
    struct stat file;
    if (!fstat(fd, &file)) note(&file, fd, at, count);
}
static void note_gone(const char *path) {
    struct stat file;
    if (!stat(path, &file) && file.st_nlink == 1) note(&file, -1, GONE, 0);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(write);
    int kept = errno, file = is_file(fd);
    if (file ? fails(WRITE) : is_wire(fd) && fails(SEND)) return -1;
    if (file) note_write(fd, lseek(fd, 0, SEEK_CUR), count);
    errno = kept;
    return real(fd, bytes, count);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    REAL(pwrite64);
    int file = is_file(fd);
    if (file && fails(WRITE)) return -1;
    if (file) note_write(fd, at, count);
    return real(fd, bytes, count, at);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return pwrite64(fd, bytes, count, at); }
ssize_t read(int fd, void *bytes, size_t count) {
    REAL(read);
    int kept = errno;
    if (is_file(fd) && fails(READ)) return -1;
    errno = kept;
    return real(fd, bytes, count);
}
ssize_t pread64(int fd, void *bytes, size_t count, off64_t at) {
    REAL(pread64);
    return is_file(fd) && fails(READ) ? -1 : real(fd, bytes, count, at);
}
ssize_t pread(int fd, void *bytes, size_t count, off_t at) { return pread64(fd, bytes, count, at); }
int ftruncate64(int fd, off64_t size) {
    REAL(ftruncate64);
    return is_file(fd) && fails(WRITE) ? -1 : real(fd, size);
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
int posix_fallocate64(int fd, off64_t at, off64_t size) { /* answers with its errno */
    REAL(posix_fallocate64);
    return is_file(fd) && fails(WRITE) ? errno : real(fd, at, size);
}
int posix_fallocate(int fd, off_t at, off_t size) { return posix_fallocate64(fd, at, size); }

/* What a kill leaves does not depend on what has reached the disk, so that nothing waits for the disk here. */
int fsync(int fd) {
    if (control && control->kinds && fails(SYNC)) return -1;
    note_write(fd, SYNCED, 0);
    return 0;
}
int fdatasync(int fd) { return fsync(fd); }

int rename(const char *from, const char *to) {
    REAL(rename);
    if (fails(NAME)) return -1;
    note_gone(to);
    return real(from, to);
}
int link(const char *from, const char *to) {
    REAL(link);
    return fails(NAME) ? -1 : real(from, to);
}
int unlink(const char *path) {
    REAL(unlink);
    if (fails(NAME)) return -1;
    note_gone(path);
    return real(path);
}
int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    return fails(NAME) ? -1 : real(path, mode);
}
int open64(const char *path, int flags, ...) {
    REAL(open64);
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return flags & O_CREAT && fails(NAME) ? -1 : real(path, flags, mode);
}
int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = va_arg(rest, mode_t);
    va_end(rest);
    return open64(path, flags, mode);
}

/* ── locks, and how long SQLite waits for one: no time passes while they are refused ─────────── */

int fcntl64(int fd, int command, ...) {
    static int (*real)(int, int, void *);
    if (!real) real = dlsym(RTLD_NEXT, "fcntl64");
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    int locks = command == F_SETLK && ((struct flock *)argument)->l_type != F_UNLCK;
    return locks && fails(LOCK) ? -1 : real(fd, command, argument);
}
int fcntl(int fd, int command, ...) {
    va_list rest;
    va_start(rest, command);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    return fcntl64(fd, command, argument);
}
int nanosleep(const struct timespec *asked, struct timespec *left) {
    REAL(nanosleep);
    int refused = control && control->kinds & LOCK && control->hit && control->lasting;
    return refused ? 0 : real(asked, left);
}

/* ── the wire and children ───────────────────────────────────────────────────────────────── */

ssize_t send(int fd, const void *bytes, size_t count, int flags) {
    REAL(send);
    return is_wire(fd) && fails(SEND) ? -1 : real(fd, bytes, count, flags);
}
ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    REAL(sendmsg);
    return is_wire(fd) && fails(SEND) ? -1 : real(fd, message, flags);
}
int connect(int fd, const struct sockaddr *to, socklen_t size) {
    REAL(connect);
    return to->sa_family != AF_UNIX && fails(SEND) ? -1 : real(fd, to, size);
}
pid_t fork(void) {
    REAL(fork);
    int met = fails(CHILD);
    if (met && control->fault != STILLBORN) return -1;
    pid_t child = real();
    if (met && !child) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    return child;
}
pid_t vfork(void) { return fork(); } /* who returns twice needs a stack of its own */

/* ── memory, as SQLite asks for it ─────────────────────────────────────────────────────────── */

extern void *__libc_malloc(size_t);
extern void *__libc_realloc(void *, size_t);

static int of_sqlite(void *caller) { return (char *)caller >= sqlite_from && (char *)caller < sqlite_to; }

void *malloc(size_t size) {
    return of_sqlite(__builtin_return_address(0)) && fails(MEMORY) ? NULL : __libc_malloc(size);
}
void *realloc(void *before, size_t size) {
    return of_sqlite(__builtin_return_address(0)) && fails(MEMORY) ? NULL : __libc_realloc(before, size);
}
