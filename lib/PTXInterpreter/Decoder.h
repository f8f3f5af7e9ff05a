// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Turns the statements of a kernel into a Program: names become slots, calls are inlined.
#ifndef CAMBER_PTXINTERPRETER_DECODER_H
#define CAMBER_PTXINTERPRETER_DECODER_H

#include "Decode.h"
#include <map>
#include <unordered_map>

namespace camber::ptx {

/// A function being decoded: the kernel, or what one of its calls names.
struct Frame {
  const Function *function = nullptr;
  Frame *caller = nullptr;
  std::vector<int> registers;                       ///< slots
  std::unordered_map<std::string, int> parameters;  ///< slots of parameters and results in registers
  std::unordered_map<std::string, uint64_t> locals; ///< local addresses of parameters and results in memory
  std::map<const Variable *, uint64_t> variables;   ///< local addresses
  std::vector<int> starts;                          ///< index into Program::code of each statement
  int end = -1;                                     ///< where `ret` goes; -1: out of the kernel
};

class Decoder {
public:
  Decoder(Program &program, std::vector<std::string> *unknown) : program(program), unknown(unknown) {}
  void kernel(const Function &function);

  // For Decode.
  int constantSlot(uint64_t value, int bits, const std::string &global = "", bool dynamicShared = false);
  int nameSlot(const Statement &statement, const Operand &operand, int bits, bool orWider);
  int registerIndex(const Statement &statement, const std::string &name) const {
    return frame->function->findRegister(statement.scope, name);
  }
  Program &program;
  Frame *frame = nullptr;

private:
  void function(Frame &callee);
  void statement(const Statement &statement);
  void call(const Statement &statement);
  void passIn(const Statement &statement, Frame &callee, const Variable &formal, const Operand &actual);
  void passOut(const Statement &statement, Frame &callee, const Variable &formal, const Operand &actual);
  void resolveTargets(size_t from, Frame &callee);
  void externalCall(const Statement &statement, const std::string &name);
  Inst &append(const Statement &statement);
  void copyRegister(const Statement &statement, int to, int from, int bits);
  uint64_t allocateShared(const Variable &variable);
  uint64_t allocateLocal(uint64_t bytes, uint64_t alignment);
  int variableSlot(const Statement &statement, const Variable &variable, int64_t offset, int bits);
  int newSlots(int bits) {
    const int slot = program.slots;
    program.slots += bits > 32 ? 2 : 1;
    return slot;
  }
  void placeDynamicShared();

  std::vector<std::string> *unknown;
  std::map<std::tuple<int, uint64_t, std::string, bool>, int> constants;
  std::vector<size_t> dynamicConstants; ///< indices into Program::constants
  std::unordered_map<std::string, int> specials;
  std::map<const Variable *, uint64_t> shared;
  uint64_t sharedTop = kSharedBase, localTop = 16, dynamicAlignment = 16;
};

} // namespace camber::ptx

#endif
