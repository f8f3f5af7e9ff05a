// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Findings as text.
#include "camber/PTXInterpreter/Report.h"
#include <fmt/format.h>

namespace camber::ptx {

const char *kindName(Finding::Kind kind) {
  switch (kind) {
  case Finding::OutOfBounds:
    return "out of bounds";
  case Finding::Misaligned:
    return "misaligned";
  case Finding::ReadOnly:
    return "write to an input";
  case Finding::Undefined:
    return "undefined data";
  case Finding::MissingWait:
    return "missing wait";
  case Finding::Race:
    return "race";
  case Finding::Divergence:
    return "divergence";
  case Finding::Deadlock:
    return "deadlock";
  case Finding::Barrier:
    return "barrier";
  case Finding::Proxy:
    return "missing proxy fence";
  case Finding::Matrix:
    return "wgmma";
  case Finding::Shuffle:
    return "warp exchange";
  case Finding::Unwritten:
    return "unwritten output";
  case Finding::Unfinished:
    return "unfinished";
  case Finding::Trap:
    return "trap";
  case Finding::TooLong:
    return "too long";
  }
  return "";
}

std::string text(const Finding &finding) {
  std::string result = fmt::format("{}: {}\n", kindName(finding.kind), finding.message);
  if (finding.line) {
    result += fmt::format("    line {}, block ({},{},{})", finding.line, finding.block[0], finding.block[1],
                          finding.block[2]);
    if (finding.warp >= 0)
      result += fmt::format(", warp {}", finding.warp);
    if (finding.lane >= 0)
      result += fmt::format(", lane {}", finding.lane);
    result += ": " + finding.instruction + "\n";
  }
  if (finding.count > 1)
    result += fmt::format("    and {} more there\n", finding.count - 1);
  if (!finding.advice.empty())
    result += "    " + finding.advice + "\n";
  return result;
}

std::vector<InstructionCount> Report::neverExecuted() const {
  std::vector<InstructionCount> result;
  for (const InstructionCount &instruction : instructions)
    if (instruction.executed == 0)
      result.push_back(instruction);
  return result;
}

std::string Report::text() const {
  std::string result;
  uint64_t shown = 0;
  for (const Finding &finding : findings) {
    result += ptx::text(finding);
    shown += finding.count;
  }
  if (shown < findingsTotal)
    result += fmt::format("{} further findings are not shown\n", findingsTotal - shown);
  return result;
}

} // namespace camber::ptx
