// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the parser makes of PTX text: modules, functions, variables, statements. Names are resolved by the decoder.
#ifndef CAMBER_PTXINTERPRETER_SYNTAX_H
#define CAMBER_PTXINTERPRETER_SYNTAX_H

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace camber::ptx {

/// State spaces. Generic addresses are of one of the others, told by their value (Machine.h).
enum class Space : uint8_t { Generic, Global, Shared, Local, Param, Const };

/// The number of bits of a fundamental or packed type (`f16x2`), 1 of a predicate, 0 where `type` is none.
int typeBits(const std::string &type);

struct Operand {
  enum Kind {
    Name,    ///< register, variable, label or function, with `offset` where it is `name+4`
    Integer, ///< `bits`
    Float32, ///< `bits`, written as 0f…
    Float64, ///< `bits`, written as 0d… or in decimal
    Vector,  ///< {a, b}: `parts`
    Address, ///< [a+offset, …]: `parts`, the first being the base
    Pair,    ///< a|b: two `parts`
    List,    ///< (a, b): the arguments of a call
    Sink,    ///< _
  } kind = Sink;
  std::string name;
  uint64_t bits = 0;
  int64_t offset = 0;
  bool negated = false; ///< !p, or -x
  std::vector<Operand> parts;
};

/// One instruction as written.
struct Statement {
  int line = 0;
  std::string text;                ///< blanks squeezed, for messages
  std::string predicate;           ///< of @p, or empty
  bool predicateNegated = false;   ///< @!p
  std::vector<std::string> opcode; ///< split at the dots
  std::vector<Operand> operands;
  int scope = 0;             ///< index into Function::scopes
  size_t begin = 0, end = 0; ///< where it lies in the text, guard and semicolon included
};

/// A variable, a kernel parameter, or a function's parameter.
struct Variable {
  std::string name;
  Space space = Space::Global;
  std::string type;
  int line = 0;
  uint64_t bytes = 0, alignment = 1;
  bool unsizedArray = false;     ///< `x[]`: dynamic shared memory
  bool external = false;         ///< .extern: declared, defined elsewhere
  bool isRegister = false;       ///< a .func's `.reg` parameter
  std::vector<uint8_t> contents; ///< what it is initialised with, padded with zeros to `bytes`
  struct Relocation {
    uint64_t at;
    std::string symbol;
    int64_t addend;
    bool generic;
  };
  std::vector<Relocation> relocations; ///< 8-byte addresses of other variables within `contents`
};

struct Register {
  std::string name;
  int bits;
};

/// A pair of braces: names declared within.
struct Scope {
  int parent = -1;
  std::unordered_map<std::string, int> registers; ///< into Function::registers
  std::unordered_map<std::string, int> variables; ///< into Function::variables
  std::unordered_map<std::string, int> labels;    ///< into Function::statements
  std::unordered_map<std::string, std::vector<std::string>> branchTargets;
};

struct Function {
  std::string name;
  int line = 0;
  bool isKernel = false, hasBody = false;
  std::vector<Variable> parameters, results;
  std::vector<Register> registers;
  std::vector<Variable> variables;
  std::vector<Scope> scopes;
  std::vector<Statement> statements;
  std::map<std::string, std::vector<int64_t>> directives; ///< `.reqntid`, `.maxntid`, … with their numbers

  /// What `name` is in a scope or the ones around it: index into registers (variables, statements), or -1.
  int findRegister(int scope, const std::string &name) const { return find(&Scope::registers, scope, name); }
  int findVariable(int scope, const std::string &name) const { return find(&Scope::variables, scope, name); }
  int findLabel(int scope, const std::string &name) const { return find(&Scope::labels, scope, name); }

private:
  int find(std::unordered_map<std::string, int> Scope::*table, int scope, const std::string &name) const {
    for (; scope >= 0; scope = scopes[scope].parent) {
      const auto &names = scopes[scope].*table;
      const auto found = names.find(name);
      if (found != names.end())
        return found->second;
    }
    return -1;
  }
};

struct ModuleSyntax {
  std::string version, target;
  int addressBits = 64;
  std::vector<Variable> variables;
  std::vector<Function> functions;

  const Variable *findVariable(const std::string &name) const {
    const Variable *found = nullptr;
    for (const Variable &variable : variables)
      if (variable.name == name && (!found || found->external))
        found = &variable;
    return found;
  }
  /// The definition where there is one, otherwise a declaration.
  const Function *findFunction(const std::string &name) const {
    const Function *found = nullptr;
    for (const Function &function : functions)
      if (function.name == name && (!found || function.hasBody))
        found = &function;
    return found;
  }
};

} // namespace camber::ptx

#endif
