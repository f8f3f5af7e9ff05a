// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Signals are waited for by a thread of their own: what has to be done, locking and removing directories, is nothing a
// signal handler may do, because it runs in the middle of whatever a thread was doing.
#include "camber/Compiler/EarlyExit.h"
#include "camber/Bundle/TemporaryDirectory.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>
#include <cstdlib>
#include <thread>
#include <unistd.h>

using namespace llvm;

namespace camber {
namespace {

/// " for kernel 'k' for target x86-64-v3", or empty.
thread_local std::string compiling;

void removeEverything() {
  bundle::abandonTemporaryDirectories();
  sys::RunInterruptHandlers(); // files that LLVM's libraries have registered
}

void onFatalError(void *, const char *reason, bool) {
  errs() << "error: internal error in code generation" << compiling << ": " << reason << "\n";
  removeEverything();
  ::_exit(2); // not exit: other threads still use what static destructors would destroy
}

/// LLVM looks at the stream only when it is destroyed, after main, and takes what it finds for an error inside LLVM.
void finishOutput() {
  outs().flush();
  if (!outs().has_error())
    return;
  errs() << "error: cannot write to standard output: " << outs().error().message() << "\n";
  outs().clear_error();
  ::_exit(2); // in the middle of exit, whose status cannot be changed otherwise
}

void waitForSignal(sigset_t signals) {
  int number = 0;
  if (sigwait(&signals, &number) != 0)
    return;
  removeEverything();
  // The shell sees an interrupted process, not one that chose some status.
  std::signal(number, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::raise(number);
}

} // namespace

void exitEarlyCleanly() {
  install_fatal_error_handler(onFatalError);
  (void)outs(); // exists before finishOutput is registered, and so is destroyed after it has run
  std::atexit(finishOutput);
  sigset_t awaited;
  sigemptyset(&awaited);
  for (int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action;
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN)
      sigaddset(&awaited, number);
  }
  // Threads made later inherit the mask, so that only the waiting one receives these signals.
  pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  // A write beyond `ulimit -f` then fails like one on a full disk. To ignore the signal is not enough: LLVM takes it
  // for a crash and installs a handler of its own.
  sigset_t fileSize;
  sigemptyset(&fileSize);
  sigaddset(&fileSize, SIGXFSZ);
  pthread_sigmask(SIG_BLOCK, &fileSize, nullptr);
  std::thread(waitForSignal, awaited).detach();
}

CompilingScope::CompilingScope(StringRef kernel, StringRef target) : previous(std::move(compiling)) {
  compiling = (" for kernel '" + kernel + "' for target " + target).str();
}

CompilingScope::~CompilingScope() { compiling = std::move(previous); }

} // namespace camber
