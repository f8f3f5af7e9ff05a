// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names to slots and addresses; functions. Decode.cpp has what single instructions ask for.
//
// A call is replaced by the body of what it calls, with registers of its own. So there is no stack, recursion is
// refused, and lanes that part inside a function meet again like in any other code.
#include "Decoder.h"
#include "Machine.h"
#include "Parser.h"
#include <algorithm>
#include <fmt/format.h>

namespace camber::ptx {

static uint64_t alignUp(uint64_t value, uint64_t alignment) { return (value + alignment - 1) / alignment * alignment; }

int specialBits(const std::string &name); // Specials.cpp

std::shared_ptr<const Program> decodeKernel(std::shared_ptr<const ModuleSyntax> module, const std::string &name,
                                            std::vector<std::string> *unknown) {
  const Function *function = module->findFunction(name);
  if (!function || !function->isKernel || !function->hasBody)
    throw Error{"the module has no kernel '" + name + "'"};
  auto program = std::make_shared<Program>();
  program->module = module;
  program->function = function;
  uint64_t top = 0;
  for (const Variable &parameter : function->parameters) {
    top = alignUp(top, parameter.alignment);
    program->parameters.push_back({parameter.name, parameter.type, top, parameter.bytes, parameter.alignment});
    top += parameter.bytes;
    constexpr uint64_t most = 32764; // the most that any version of PTX has
    if (top > most)
      failAt(function->line, fmt::format("the parameters of '{}' have more than {} bytes", name, most));
  }
  program->parameterBytes = top;
  Decoder(*program, unknown).kernel(*function);
  return program;
}

void Decoder::kernel(const Function &kernelFunction) {
  Frame kernelFrame;
  kernelFrame.function = &kernelFunction;
  function(kernelFrame);
  placeDynamicShared();
  program.localBytes = localTop > 16 ? alignUp(localTop, 16) : 0;
  for (size_t i = 0; i < program.code.size(); ++i)
    program.code[i].index = static_cast<int32_t>(i);
}

void Decoder::placeDynamicShared() {
  program.staticSharedBytes = sharedTop;
  // Aligned as declared and not better, so that a kernel which needs more is found.
  uint64_t base = alignUp(sharedTop, dynamicAlignment);
  if (base / dynamicAlignment % 2 == 0)
    base += dynamicAlignment;
  program.dynamicSharedBase = base;
  for (size_t index : dynamicConstants)
    program.constants[index].value += base;
}

/// Bodies are inlined where they are called, so that a few functions which call each other twice are as many
/// instructions as one likes. Real kernels have tens of thousands.
static constexpr size_t kMaxInstructions = size_t(1) << 21;

Inst &Decoder::append(const Statement &statement) {
  if (program.code.size() >= kMaxInstructions)
    throw Error{fmt::format("line {}: the kernel has more than {} instructions with the functions it calls",
                            statement.line, kMaxInstructions)};
  program.code.emplace_back();
  Inst &inst = program.code.back();
  inst.statement = &statement;
  if (!statement.predicate.empty()) {
    const int index = registerIndex(statement, statement.predicate);
    if (index < 0 || frame->function->registers[index].bits != 1)
      failAt(statement.line, fmt::format("'{}' is no predicate register: {}", statement.predicate, statement.text));
    inst.guard = frame->registers[index];
    inst.guardNegated = statement.predicateNegated;
  }
  return inst;
}

void Decoder::function(Frame &callee) {
  callee.caller = frame;
  frame = &callee;
  for (const Register &declared : callee.function->registers)
    callee.registers.push_back(newSlots(declared.bits));
  const size_t from = program.code.size();
  for (const Statement &each : callee.function->statements) {
    callee.starts.push_back(static_cast<int>(program.code.size()));
    statement(each);
  }
  callee.starts.push_back(static_cast<int>(program.code.size()));
  callee.end = callee.caller ? static_cast<int>(program.code.size()) : -1;
  resolveTargets(from, callee);
  frame = callee.caller;
}

// Targets are statements, or -2 for `ret`, until the whole function is there. Those of inner calls are resolved
// already: they are kept as ~index.
void Decoder::resolveTargets(size_t from, Frame &callee) {
  const auto resolve = [&](int32_t &target) {
    if (target >= 0)
      target = ~callee.starts[target];
    else if (target == INT32_MIN)
      target = ~callee.end;
  };
  for (size_t i = from; i < program.code.size(); ++i) {
    Inst &inst = program.code[i];
    if (inst.flow != Flow::Branch && inst.flow != Flow::BranchIndexed && !(inst.flow == Flow::Exit && callee.caller))
      continue;
    if (inst.flow == Flow::Exit) { // `ret` of a called function; `exit` has no target and stays what it is
      if (inst.target != INT32_MIN)
        continue;
      inst.flow = Flow::Branch;
    }
    resolve(inst.target);
    for (int32_t &target : inst.targets)
      resolve(target);
  }
  if (callee.caller)
    return;
  for (Inst &inst : program.code) {
    if (inst.flow == Flow::Branch)
      inst.target = ~inst.target;
    for (int32_t &target : inst.targets)
      target = ~target;
  }
}

void Decoder::statement(const Statement &each) {
  if (each.opcode[0] == "call") {
    call(each);
    return;
  }
  const size_t before = program.code.size();
  try {
    const Form &form = findForm(each);
    Inst &inst = append(each);
    Decode decode(*this, each, inst);
    form.decode(decode);
  } catch (const Error &error) {
    if (!unknown)
      throw;
    unknown->push_back(error.message);
    program.code.resize(before);
  }
}

int Decoder::constantSlot(uint64_t value, int bits, const std::string &global, bool dynamicShared) {
  const int width = bits > 32 ? 64 : bits == 1 ? 1 : 32;
  if (width == 32)
    value &= 0xffffffff;
  const auto key = std::make_tuple(width, value, global, dynamicShared);
  const auto found = constants.find(key);
  if (found != constants.end())
    return found->second;
  const int slot = newSlots(width);
  if (dynamicShared)
    dynamicConstants.push_back(program.constants.size());
  program.constants.push_back({slot, width, value, global});
  return constants[key] = slot;
}

uint64_t Decoder::allocateShared(const Variable &variable) {
  const auto found = shared.find(&variable);
  if (found != shared.end())
    return found->second;
  sharedTop = alignUp(sharedTop, std::max<uint64_t>(variable.alignment, 1));
  const uint64_t address = sharedTop;
  sharedTop += variable.bytes;
  if (sharedTop - kSharedBase > kMaxSharedBytes) // in 32 bits, as addresses are
    failAt(variable.line, fmt::format("'{}' brings static shared memory to {} bytes; no device has more than {}",
                                      variable.name, sharedTop - kSharedBase, kMaxSharedBytes));
  return shared[&variable] = address;
}

uint64_t Decoder::allocateLocal(uint64_t bytes, uint64_t alignment) {
  constexpr uint64_t most = 512 * 1024; // of a thread, by the CUDA programming guide
  localTop = alignUp(localTop, std::max<uint64_t>(alignment, 1));
  const uint64_t address = localTop;
  localTop += bytes;
  if (localTop > most)
    throw Error{fmt::format("'{}' needs more than {} bytes of local memory for a thread", frame->function->name, most)};
  return address;
}

int Decoder::variableSlot(const Statement &statement, const Variable &variable, int64_t offset, int bits) {
  const uint64_t addend = static_cast<uint64_t>(offset);
  switch (variable.space) {
  case Space::Shared:
    if (variable.unsizedArray) {
      dynamicAlignment = std::max(dynamicAlignment, variable.alignment);
      return constantSlot(addend, bits, "", true);
    }
    return constantSlot(allocateShared(variable) + addend, bits);
  case Space::Global:
  case Space::Const:
    if (variable.external)
      failAt(statement.line, "'" + variable.name + "' is declared but not defined in this module");
    if (std::find(program.globals.begin(), program.globals.end(), variable.name) == program.globals.end())
      program.globals.push_back(variable.name);
    return constantSlot(addend, 64, variable.name);
  default: // .local, and .param of a call: memory of the thread
    auto &addresses = frame->variables;
    const auto found = addresses.find(&variable);
    const uint64_t address = found != addresses.end()
                                 ? found->second
                                 : addresses[&variable] = allocateLocal(variable.bytes, variable.alignment);
    return constantSlot(address + addend, bits);
  }
}

int Decoder::nameSlot(const Statement &statement, const Operand &operand, int bits, bool orWider) {
  const std::string &name = operand.name;
  const int index = registerIndex(statement, name);
  if (index >= 0) {
    const int has = frame->function->registers[index].bits;
    if (has != bits && !(orWider && has > bits && bits > 1))
      failAt(statement.line, fmt::format("'{}' has {} bits, {} are needed: {}", name, has, bits, statement.text));
    return frame->registers[index];
  }
  const auto inRegister = frame->parameters.find(name);
  if (inRegister != frame->parameters.end())
    return inRegister->second;
  if (const int width = specialBits(name)) {
    if (bits == 64 && width == 32)
      failAt(statement.line, fmt::format("'{}' has 32 bits, 64 are needed: {}", name, statement.text));
    const auto found = specials.find(name);
    if (found != specials.end())
      return found->second;
    const int slot = newSlots(std::max(width, bits));
    program.specials.push_back({name, slot, std::max(width, bits)});
    return specials[name] = slot;
  }
  if (name == "WARP_SZ")
    return constantSlot(32, bits);
  const int variable = frame->function->findVariable(statement.scope, name);
  if (variable >= 0)
    return variableSlot(statement, frame->function->variables[variable], operand.offset, bits);
  const auto local = frame->locals.find(name);
  if (local != frame->locals.end())
    return constantSlot(local->second + static_cast<uint64_t>(operand.offset), bits);
  if (!frame->caller)
    for (const Parameter &parameter : program.parameters)
      if (parameter.name == name)
        return constantSlot(parameter.offset + static_cast<uint64_t>(operand.offset), bits);
  if (const Variable *global = program.module->findVariable(name))
    return variableSlot(statement, *global, operand.offset, bits);
  failAt(statement.line, fmt::format("unknown name '{}': {}", name, statement.text));
}

void Decoder::copyRegister(const Statement &statement, int to, int from, int bits) {
  Inst &inst = append(statement);
  inst.d = to;
  inst.s[0] = from;
  if (bits == 1)
    inst.handler = [](Warp &warp, const Inst &i, uint32_t mask) {
      warp.setPredicate(i.d, mask, warp.predicate(i.s[0]));
      warp.setUndefined(i.d, mask, warp.undefined[i.s[0]]);
    };
  else if (bits == 64)
    inst.handler = [](Warp &warp, const Inst &i, uint32_t mask) {
      lanes<uint64_t, uint64_t>(warp, i, mask, [](uint64_t a) { return a; });
    };
  else
    inst.handler = [](Warp &warp, const Inst &i, uint32_t mask) {
      lanes<uint32_t, uint32_t>(warp, i, mask, [](uint32_t a) { return a; });
    };
}

void Decoder::passIn(const Statement &statement, Frame &callee, const Variable &formal, const Operand &actual) {
  const int bits = typeBits(formal.type);
  if (formal.isRegister) {
    const int slot = newSlots(bits);
    Inst scratch;
    const int from = Decode(*this, statement, scratch).source(actual, bits);
    copyRegister(statement, slot, from, bits);
    callee.parameters[formal.name] = slot;
    return;
  }
  const int variable = frame->function->findVariable(statement.scope, actual.name);
  if (variable < 0)
    failAt(statement.line, fmt::format("the argument '{}' must be a .param variable: {}", actual.name, statement.text));
  const Variable &memory = frame->function->variables[variable];
  variableSlot(statement, memory, 0, 64); // places it
  callee.locals[formal.name] = frame->variables[&memory];
}

void Decoder::passOut(const Statement &statement, Frame &callee, const Variable &formal, const Operand &actual) {
  if (!formal.isRegister) {
    passIn(statement, callee, formal, actual);
    return;
  }
  callee.parameters[formal.name] = newSlots(typeBits(formal.type));
}

void Decoder::externalCall(const Statement &statement, const std::string &name) {
  if (name == "__assertfail" || name == "__assert_fail") {
    append(statement).handler = [](Warp &warp, const Inst &inst, uint32_t mask) {
      warp.report(Finding::Trap, inst, __builtin_ctz(mask), "an assertion of the kernel failed");
      throw AbortBlock{};
    };
    return;
  }
  failAt(statement.line, fmt::format("'{}' is not defined in this module: {}", name, statement.text));
}

void Decoder::call(const Statement &statement) {
  // call (results), name, (arguments): each list may be absent.
  size_t at = 0;
  const std::vector<Operand> &operands = statement.operands;
  const std::vector<Operand> none;
  const std::vector<Operand> &results =
      !operands.empty() && operands[0].kind == Operand::List ? operands[at++].parts : none;
  if (at >= operands.size() || operands[at].kind != Operand::Name)
    failAt(statement.line, "call of what? " + statement.text);
  const std::string &name = operands[at++].name;
  const std::vector<Operand> &arguments =
      at < operands.size() && operands[at].kind == Operand::List ? operands[at].parts : none;
  const Function *target = program.module->findFunction(name);
  if (!target)
    failAt(statement.line, fmt::format("indirect calls are not supported: {}", statement.text));
  if (!target->hasBody)
    return externalCall(statement, name);
  for (const Frame *outer = frame; outer; outer = outer->caller)
    if (outer->function == target)
      failAt(statement.line, fmt::format("'{}' calls itself, which is not supported", name));
  if (arguments.size() != target->parameters.size() || results.size() != target->results.size())
    failAt(statement.line, fmt::format("'{}' takes {} arguments and returns {}: {}", name, target->parameters.size(),
                                       target->results.size(), statement.text));
  Frame callee;
  callee.function = target;
  // A guarded call is a branch over the body for the other lanes.
  int skip = -1;
  if (!statement.predicate.empty()) {
    Inst &inst = append(statement);
    inst.flow = Flow::Branch;
    inst.guardNegated = !inst.guardNegated;
    skip = static_cast<int>(program.code.size()) - 1;
  }
  for (size_t i = 0; i < arguments.size(); ++i)
    passIn(statement, callee, target->parameters[i], arguments[i]);
  for (size_t i = 0; i < results.size(); ++i)
    passOut(statement, callee, target->results[i], results[i]);
  function(callee);
  for (size_t i = 0; i < results.size(); ++i)
    if (target->results[i].isRegister) {
      Inst scratch;
      const int bits = typeBits(target->results[i].type);
      copyRegister(statement, Decode(*this, statement, scratch).destination(results[i], bits),
                   callee.parameters[target->results[i].name], bits);
    }
  if (skip >= 0)
    program.code[skip].target = ~static_cast<int32_t>(program.code.size());
}

} // namespace camber::ptx
