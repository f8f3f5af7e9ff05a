// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a launch found, and what it executed.
#ifndef CAMBER_PTXINTERPRETER_REPORT_H
#define CAMBER_PTXINTERPRETER_REPORT_H

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace camber::ptx {

struct Finding {
  enum Kind {
    OutOfBounds,
    Misaligned,
    ReadOnly,    ///< a write to an operand that may only be read
    Undefined,   ///< undefined data decides something or is stored to global memory
    MissingWait, ///< the result of an asynchronous operation is used before it is waited for
    Race,        ///< two accesses to one place that nothing orders
    Divergence,  ///< a `.sync` or `.aligned` instruction that not all of its lanes reach together
    Deadlock,    ///< nobody can go on
    Barrier,     ///< a barrier or mbarrier used against its rules
    Proxy,       ///< a missing proxy fence
    Matrix,      ///< wgmma used against its rules
    Shuffle,     ///< a lane reads from one that does not take part
    Unwritten,   ///< bytes of an output that were never written
    Unfinished,  ///< asynchronous operations still under way at the end
    Trap,        ///< trap, or an assertion of the kernel's
    TooLong,     ///< more instructions than LaunchOptions::maxInstructions
  };
  Kind kind;
  int line = 0;            ///< in the PTX text; 0 where no instruction is concerned
  std::string instruction; ///< its text
  std::array<uint32_t, 3> block{};
  int warp = -1, lane = -1; ///< -1 where it concerns all of them
  std::string message;      ///< what is wrong, naming addresses and operands
  std::string advice;       ///< what would make it right; may be empty
  uint64_t count = 1;       ///< how often: only the first of a kind at an instruction is kept
};

/// "race", "missing wait", …
const char *kindName(Finding::Kind kind);

/// One instruction of the text. Those of a function that is called from several places are added up.
struct InstructionCount {
  int line;
  std::string text;
  uint64_t executed; ///< times a warp executed it, also with a false guard
};

struct Report {
  std::vector<Finding> findings; ///< at most LaunchOptions::maxFindings, in order of appearance
  uint64_t findingsTotal = 0;    ///< also those that were not kept, and repetitions
  uint64_t warpInstructions = 0, threadInstructions = 0;
  uint64_t blocks = 0;
  double seconds = 0;                         ///< of interpretation
  std::vector<InstructionCount> instructions; ///< by line

  bool clean() const { return findingsTotal == 0; }
  /// The instructions that no warp reached.
  std::vector<InstructionCount> neverExecuted() const;
  /// One paragraph per finding, as the tool prints them.
  std::string text() const;
};

/// "race: write of shared+64 … \n    line 12, block (0,0,0), warp 1, lane 3: st.shared.u32 …\n    advice"
std::string text(const Finding &finding);

} // namespace camber::ptx

#endif
