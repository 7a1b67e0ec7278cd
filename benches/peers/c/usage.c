/* What processes have used: for each line of process ids on its input, a line `NOW CPU` with the
   time and what the processor has spent on all of them so far, user and system, in nanoseconds.
   An id that is no process is said on the standard error, and ends the program. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

static uint64_t read_clock(clockid_t clock)
{
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) {
        perror("clock_gettime");
        exit(1);
    }
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint64_t cpu_of(long process)
{
    clockid_t clock;
    int error = clock_getcpuclockid((pid_t)process, &clock);
    if (error != 0) {
        fprintf(stderr, "process %ld: %s\n", process, strerror(error));
        exit(1);
    }
    return read_clock(clock);
}

int main(void)
{
    char line[256], *rest, *end;
    while (fgets(line, sizeof line, stdin)) {
        uint64_t now = read_clock(CLOCK_MONOTONIC), cpu = 0;
        for (rest = line;; rest = end) {
            long process = strtol(rest, &end, 10);
            if (end == rest)
                break;
            cpu += cpu_of(process);
        }
        printf("%llu %llu\n", (unsigned long long)now, (unsigned long long)cpu);
        fflush(stdout);
    }
    return 0;
}
