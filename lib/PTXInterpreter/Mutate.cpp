// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Deletes instructions one at a time.
#include "camber/PTXInterpreter/Mutate.h"
#include "Parser.h"
#include <algorithm>

namespace camber::ptx {

bool isSynchronisation(const std::string &opcode) {
  static const char *const names[] = {"bar", "barrier", "membar", "fence", "cp", "mbarrier", "wgmma", "setmaxnreg"};
  return std::find(std::begin(names), std::end(names), opcode) != std::end(names);
}

Result<std::vector<Mutant>> mutate(const std::string &text, const std::string &name, const Trial &trial) {
  const Result<ModuleSyntax> syntax = parseModule(text);
  if (!syntax)
    return Failure{syntax.error()};
  const Function *function = syntax->findFunction(name);
  if (!function)
    return Failure{"the module has no kernel '" + name + "'"};
  const auto attempt = [&](const std::string &changed) -> std::optional<std::string> {
    const Result<Module> module = Module::parse(changed);
    if (!module)
      return module.error();
    const Result<Kernel> kernel = module->kernel(name);
    return kernel ? trial(*kernel) : kernel.error();
  };
  if (const auto problem = attempt(text))
    return Failure{"the kernel does not pass as it is: " + *problem};
  std::vector<Mutant> mutants;
  for (const Statement &statement : function->statements) {
    if (!isSynchronisation(statement.opcode[0]))
      continue;
    std::string changed = text;
    for (size_t at = statement.begin; at < statement.end; ++at)
      if (changed[at] != '\n') // lines keep their numbers
        changed[at] = ' ';
    mutants.push_back({statement.line, statement.text, attempt(changed)});
  }
  return mutants;
}

} // namespace camber::ptx
