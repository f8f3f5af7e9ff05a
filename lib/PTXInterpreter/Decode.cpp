// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Operands of single instructions.
#include "Decode.h"
#include "Decoder.h"
#include "Parser.h"
#include <fmt/format.h>

namespace camber::ptx {

void Decode::fail(const std::string &message) const { failAt(statement.line, message + ": " + statement.text); }

bool Decode::has(const char *wanted) const {
  for (size_t i = 1; i < statement.opcode.size(); ++i)
    if (statement.opcode[i] == wanted)
      return true;
  return false;
}

const Operand &Decode::operand(size_t index) const {
  if (index >= statement.operands.size())
    fail(fmt::format("{} operands are too few", statement.operands.size()));
  return statement.operands[index];
}

void Decode::expectOperands(size_t least, size_t most) const {
  if (operandCount() < least || operandCount() > most)
    fail(fmt::format("{} operands, {} are needed", operandCount(),
                     least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most)));
}

int Decode::destination(const Operand &operand, int bits, bool orWider) {
  if (operand.kind == Operand::Sink)
    return -1;
  if (operand.kind != Operand::Name || registerBits(operand) == 0)
    fail(fmt::format("'{}' is no register that could be written", operand.name));
  return decoder.nameSlot(statement, operand, bits, orWider);
}

int Decode::source(const Operand &operand, int bits, bool orWider) {
  switch (operand.kind) {
  case Operand::Name:
    if (operand.negated)
      fail(fmt::format("'{}' cannot be negated here", operand.name));
    return decoder.nameSlot(statement, operand, bits, orWider);
  case Operand::Integer:
    return decoder.constantSlot(bits == 1 ? (operand.bits ? ~uint32_t(0) : 0) : operand.bits, bits);
  case Operand::Float32:
    if (bits == 64)
      return decoder.constantSlot(bitCast<uint64_t>(double(bitCast<float>(static_cast<uint32_t>(operand.bits)))), 64);
    return decoder.constantSlot(operand.bits, bits);
  case Operand::Float64:
    if (bits == 32)
      return decoder.constantSlot(bitCast<uint32_t>(static_cast<float>(bitCast<double>(operand.bits))), 32);
    return decoder.constantSlot(operand.bits, bits);
  default:
    fail("an operand is of a kind that is not possible here");
  }
}

int Decode::predicate(const Operand &operand, int index) {
  if (operand.kind == Operand::Integer)
    return inst.s[index] = source(operand, 1);
  Operand plain = operand;
  plain.negated = false;
  if (operand.negated)
    inst.negated |= static_cast<uint8_t>(1 << index);
  return inst.s[index] = source(plain, 1);
}

int Decode::registerBits(const Operand &operand) const {
  if (operand.kind != Operand::Name)
    return 0;
  const int index = decoder.registerIndex(statement, operand.name);
  if (index >= 0)
    return decoder.frame->function->registers[index].bits;
  for (const auto *list : {&decoder.frame->function->parameters, &decoder.frame->function->results})
    for (const Variable &variable : *list)
      if (variable.isRegister && variable.name == operand.name)
        return typeBits(variable.type);
  return 0;
}

void Decode::address(const Operand &operand, int index) {
  if (operand.kind != Operand::Address)
    fail("an address in brackets is needed");
  const Operand &base = operand.parts[0];
  const int bits = registerBits(base);
  (index == 0 ? inst.offset : inst.offset2) = operand.offset;
  if (index == 0)
    inst.narrowAddress = bits == 32;
  if (bits != 0 && bits != 32 && bits != 64)
    fail(fmt::format("'{}' is no address", base.name));
  inst.s[index] = source(base, bits ? bits : 64);
}

int64_t Decode::constant(const Operand &operand) const {
  if (operand.kind != Operand::Integer)
    fail("an integer constant is needed");
  return static_cast<int64_t>(operand.bits);
}

std::vector<Operand> Decode::elements(const Operand &operand) {
  return operand.kind == Operand::Vector ? operand.parts : std::vector<Operand>{operand};
}

Space Decode::space() const {
  for (size_t i = 1; i < statement.opcode.size(); ++i) {
    const std::string part = statement.opcode[i].substr(0, statement.opcode[i].find("::"));
    if (part == "global")
      return Space::Global;
    if (part == "shared")
      return Space::Shared;
    if (part == "local")
      return Space::Local;
    if (part == "const")
      return Space::Const;
    if (part == "param")
      return Space::Param;
  }
  return Space::Generic;
}

bool Decode::isLocal(const Operand &operand) const {
  return decoder.frame->locals.count(operand.name) ||
         decoder.frame->function->findVariable(statement.scope, operand.name) >= 0;
}

void Decode::markWgmma() { decoder.program.usesWgmma = true; }

int Decode::labelIndex(const Operand &operand) const {
  const int label = decoder.frame->function->findLabel(statement.scope, operand.name);
  if (label < 0)
    fail(fmt::format("unknown label '{}'", operand.name));
  return label;
}

const std::vector<std::string> *Decode::branchTargets(const Operand &operand) const {
  const Function &function = *decoder.frame->function;
  for (int scope = statement.scope; scope >= 0; scope = function.scopes[scope].parent) {
    const auto found = function.scopes[scope].branchTargets.find(operand.name);
    if (found != function.scopes[scope].branchTargets.end())
      return &found->second;
  }
  return nullptr;
}

} // namespace camber::ptx
