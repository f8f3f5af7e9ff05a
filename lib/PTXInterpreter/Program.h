// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A decoded kernel: instructions with handlers, in the order of the text, functions inlined where they are called.
//
// A register is a row of 32 cells, one per lane: of 4 bytes up to 32 bits, of 8 bytes otherwise. Rows are numbered in
// *slots* of 128 bytes; a 64-bit register takes two. A predicate is a mask in the first cell of its slot. Constants and
// special registers are slots too, filled before a warp starts, so that a handler never asks what its operands are.
#ifndef CAMBER_PTXINTERPRETER_PROGRAM_H
#define CAMBER_PTXINTERPRETER_PROGRAM_H

#include "Syntax.h"
#include "camber/PTXInterpreter/Interpreter.h"

namespace camber::ptx {

struct Warp;
struct Inst;
/// Executes an instruction for the lanes of a mask that is not empty.
using Handler = void (*)(Warp &, const Inst &, uint32_t mask);

/// How the scheduler treats an instruction.
enum class Flow : uint8_t {
  Plain,         ///< the handler, then the next one
  Branch,        ///< to `target`
  BranchIndexed, ///< to one of `targets` by source 0
  Exit,
  Collective, ///< the lanes that source 3 names (all that live, if it is absent) meet here first
  Barrier,    ///< bar.sync and its kin
  Yield,      ///< the handler, then another warp's turn: what spins
};

struct Inst {
  Handler handler = nullptr;
  Flow flow = Flow::Plain;
  Space space = Space::Generic;
  bool guardNegated = false;
  bool narrowAddress = false; ///< source 0 is an address of 32 bits
  uint8_t flags = 0;          ///< what a family of instructions makes of it
  uint8_t negated = 0;        ///< bit i: predicate source i is !p
  int32_t guard = -1;         ///< slot of @p
  int32_t d = -1, d2 = -1;    ///< slots of destinations; -1: none, or _
  int32_t s[5] = {-1, -1, -1, -1, -1};
  int32_t target = -1;
  int64_t offset = 0, offset2 = 0;
  uint64_t immediate = 0, immediate2 = 0;
  std::vector<int32_t> list; ///< slots of vector operands
  std::vector<int32_t> wide; ///< ld, st: for each of `list` whether it has 64 bits
  std::vector<int32_t> targets;
  const Statement *statement = nullptr;
  int32_t index = 0;
};

/// `%tid.x` and the like, and the slot it has.
struct SpecialRegister {
  std::string name;
  int slot, bits;
};

struct Constant {
  int slot, bits;
  uint64_t value = 0;
  std::string global; ///< a module variable whose address is added at the launch; empty: none
};

struct Program {
  std::shared_ptr<const ModuleSyntax> module;
  const Function *function = nullptr;
  std::vector<Parameter> parameters;
  uint64_t parameterBytes = 0;
  std::vector<Inst> code;
  int slots = 0;
  std::vector<Constant> constants;
  std::vector<SpecialRegister> specials;
  std::vector<std::string> globals; ///< module variables in global and constant memory that are used
  uint64_t staticSharedBytes = 0;   ///< including the room below the first variable
  uint64_t dynamicSharedBase = 0;   ///< where dynamic shared memory begins
  uint64_t localBytes = 0;
  bool usesWgmma = false;
};

/// Nothing lies at shared address 0, so that a pointer which was never set is found.
inline constexpr uint64_t kSharedBase = 1024;

/// Of a block, on the devices with the most.
inline constexpr uint64_t kMaxSharedBytes = 227 * 1024;

/// Generic addresses of spaces that are not global.
inline constexpr uint64_t kSharedWindow = uint64_t(0x70) << 40, kLocalWindow = uint64_t(0x71) << 40,
                          kParamWindow = uint64_t(0x72) << 40, kWindowBytes = uint64_t(1) << 32;

/// Whether `bytes` bytes from `at` on lie in the first `size`; no sum of large addresses comes round to a small one.
inline bool isWithin(uint64_t at, uint64_t bytes, uint64_t size) { return bytes <= size && at <= size - bytes; }

/// Throws Error; `unknown` collects the messages of instructions instead where it is given.
std::shared_ptr<const Program> decodeKernel(std::shared_ptr<const ModuleSyntax> module, const std::string &name,
                                            std::vector<std::string> *unknown = nullptr);

} // namespace camber::ptx

#endif
