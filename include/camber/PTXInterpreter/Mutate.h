// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Would a missing synchronisation be noticed? Deletes each synchronising or asynchronous instruction of a kernel in
// turn.
#ifndef CAMBER_PTXINTERPRETER_MUTATE_H
#define CAMBER_PTXINTERPRETER_MUTATE_H

#include "camber/PTXInterpreter/Interpreter.h"
#include <functional>
#include <optional>

namespace camber::ptx {

struct Mutant {
  int line = 0;
  std::string instruction;            ///< that is deleted
  std::optional<std::string> noticed; ///< how; nothing where the kernel without it passes
};

/// Runs a kernel on operands of the caller's. What is wrong with it, or nothing: a finding of the report, another
/// result.
using Trial = std::function<std::optional<std::string>(const Kernel &)>;

/// Barriers, fences, waits, commits, copies, mbarrier and wgmma instructions, setmaxnreg.
bool isSynchronisation(const std::string &opcode);

/// Fails where the text or the kernel is not understood, or the kernel does not pass as it is.
Result<std::vector<Mutant>> mutate(const std::string &text, const std::string &kernel, const Trial &trial);

} // namespace camber::ptx

#endif
