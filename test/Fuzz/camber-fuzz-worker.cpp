// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Feeds inputs to what the tools feed theirs to, many in one process: a process for each would take a hundred times as
// long.
//
// Standard input is a sequence of "KIND ARGUMENT_BYTES TEXT_BYTES\n", the arguments, the text. The answer to each is
// one line, "accepted" or "refused". A signal is what test/Fuzz/fuzz.py looks for; SIGPROF ends an input that takes too
// long.
#include "Entries.h"
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

using namespace camber::fuzz;

namespace {

/// Exactly `bytes` bytes of standard input.
bool readText(std::string &text, size_t bytes) {
  text.resize(bytes);
  return std::fread(text.data(), 1, bytes, stdin) == bytes;
}

/// The processor time after which this process is ended; 0: none. Time of the clock would depend on what else runs.
void limitSeconds(long seconds) {
  itimerval timer{};
  timer.it_value.tv_sec = seconds;
  setitimer(ITIMER_PROF, &timer, nullptr);
}

} // namespace

int main(int argc, char **argv) {
  const long seconds = argc > 1 ? std::atol(argv[1]) : 10, megabytes = argc > 2 ? std::atol(argv[2]) : 0;
  if (megabytes) {
    const rlimit limit{static_cast<rlim_t>(megabytes) << 20, static_cast<rlim_t>(megabytes) << 20};
    setrlimit(RLIMIT_AS, &limit);
  }
  // Whatever the code under test prints goes to standard error, which the parent keeps for the report.
  std::FILE *answers = fdopen(dup(STDOUT_FILENO), "w");
  dup2(STDERR_FILENO, STDOUT_FILENO);
  char kind[32];
  size_t argumentBytes = 0, textBytes = 0;
  Input input;
  while (std::scanf("%31s %zu %zu", kind, &argumentBytes, &textBytes) == 3 && std::getchar() == '\n') {
    if (!readText(input.arguments, argumentBytes) || !readText(input.text, textBytes))
      return 2;
    const Entry entry = findEntry(kind);
    if (!entry) {
      std::fprintf(stderr, "camber-fuzz-worker: no kind '%s'\n", kind);
      return 2;
    }
    limitSeconds(seconds);
    const bool accepted = entry(input);
    limitSeconds(0);
    std::fputs(accepted ? "accepted\n" : "refused\n", answers);
    std::fflush(answers);
  }
  return 0;
}
