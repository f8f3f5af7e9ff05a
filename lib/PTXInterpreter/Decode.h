// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the function of a form (Forms.h) has at hand while it decodes one instruction.
#ifndef CAMBER_PTXINTERPRETER_DECODE_H
#define CAMBER_PTXINTERPRETER_DECODE_H

#include "Forms.h"
#include "Lanes.h"

namespace camber::ptx {

class Decoder;

class Decode {
public:
  Decode(Decoder &decoder, const Statement &statement, Inst &inst)
      : inst(inst), statement(statement), decoder(decoder) {}

  Inst &inst;
  const Statement &statement;

  bool has(const char *token) const;
  const std::string &token(size_t index) const { return statement.opcode[index]; }
  /// The last part of the opcode: its type, as a rule.
  const std::string &type() const { return statement.opcode.back(); }
  size_t operandCount() const { return statement.operands.size(); }
  const Operand &operand(size_t index) const;
  void expectOperands(size_t least, size_t most) const;
  [[noreturn]] void fail(const std::string &message) const;

  /// The slot of a register that is written (`bits` wide, or wider where `orWider`); -1 for _.
  int destination(const Operand &operand, int bits, bool orWider = false);
  /// The slot of a register, special register, constant or address of a variable, as `bits` bits.
  int source(const Operand &operand, int bits, bool orWider = false);
  /// The slot of a predicate that is read. Sets bit `index` of inst.negated for !p.
  int predicate(const Operand &operand, int index);
  /// [base+offset] as source `index`, its offset as inst.offset (index 0) or offset2.
  void address(const Operand &operand, int index = 0);
  /// An integer that must be written as such.
  int64_t constant(const Operand &operand) const;
  /// How many bits the register has that an operand names; 0 where it names none.
  int registerBits(const Operand &operand) const;
  /// {a, b, …} or a single operand as a list.
  static std::vector<Operand> elements(const Operand &operand);
  /// The space that an opcode names, generic where it names none.
  Space space() const;
  /// Whether a name is a .param variable that lies in the thread's own memory: an argument or a result of a call.
  bool isLocal(const Operand &operand) const;
  /// The kernel uses wgmma: registers' writes are followed.
  void markWgmma();
  int labelIndex(const Operand &operand) const;
  const std::vector<std::string> *branchTargets(const Operand &operand) const;

  /// An operation that is the same in each lane: destination and sources are the operands in order.
  template <typename D, typename... S> void lanewise(Handler handler) {
    expectOperands(1 + sizeof...(S), 1 + sizeof...(S));
    inst.handler = handler;
    inst.d = destination(operand(0), Lane<D>::bits);
    int index = 0;
    ((inst.s[index] = source(operand(static_cast<size_t>(index) + 1), Lane<S>::bits), ++index), ...);
  }

private:
  Decoder &decoder;
};

/// Decoders of forms that compute each lane by itself: LANES2(int32_t, int32_t, int32_t, a + b). The last argument is
/// an expression over a, b, c, converted to the destination's type.
#define LANES1(D, A, ...)                                                                                              \
  [](Decode &form) {                                                                                                   \
    form.lanewise<D, A>([](Warp &warp, const Inst &inst, uint32_t mask) {                                              \
      lanes<D, A>(warp, inst, mask, [](A a) -> D { return __VA_ARGS__; });                                             \
    });                                                                                                                \
  }
#define LANES2(D, A, B, ...)                                                                                           \
  [](Decode &form) {                                                                                                   \
    form.lanewise<D, A, B>([](Warp &warp, const Inst &inst, uint32_t mask) {                                           \
      lanes<D, A, B>(warp, inst, mask, [](A a, B b) -> D { return __VA_ARGS__; });                                     \
    });                                                                                                                \
  }
#define LANES3(D, A, B, C, ...)                                                                                        \
  [](Decode &form) {                                                                                                   \
    form.lanewise<D, A, B, C>([](Warp &warp, const Inst &inst, uint32_t mask) {                                        \
      lanes<D, A, B, C>(warp, inst, mask, [](A a, B b, C c) -> D { return __VA_ARGS__; });                             \
    });                                                                                                                \
  }

} // namespace camber::ptx

#endif
