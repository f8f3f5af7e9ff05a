// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// PTX text to Syntax.h.
#ifndef CAMBER_PTXINTERPRETER_PARSER_H
#define CAMBER_PTXINTERPRETER_PARSER_H

#include "Lexer.h"
#include "Syntax.h"
#include "camber/Runtime/Result.h"

namespace camber::ptx {

/// Thrown inside the library and caught at its interface, where it becomes a Failure.
struct Error {
  std::string message;
};
/// Throws "line N: message".
[[noreturn]] void failAt(int line, const std::string &message);

Result<ModuleSyntax> parseModule(std::string_view text);

/// The grammar, one function per construct. ParseBody.cpp has what is inside functions.
class Parser {
public:
  explicit Parser(std::string_view text) : lexer(text) {}
  ModuleSyntax module();

private:
  static constexpr int kMaxDepth = 64;
  void function(ModuleSyntax &module, bool isKernel);
  std::vector<Variable> parameterList(bool ofKernel);
  Variable parameter(bool ofKernel);
  /// What follows `.shared`, `.global` and the like up to the semicolon; several names may share one type.
  std::vector<Variable> variables(Space space);
  void declarator(Variable &variable, uint64_t elementBytes);
  void initialiser(Variable &variable, uint64_t elementBytes);
  void initialiserValue(Variable &variable, uint64_t elementBytes);

  void body(Function &function);
  void registers(Function &function, int scope);
  void labelled(Function &function, int scope, const std::string &label);
  void statement(Function &function, int scope);
  /// True where a directive was passed over or entered.
  bool bodyDirective(Function &function, int scope);
  Operand operand();
  Operand operandAtDepth();
  Operand address();
  Operand number(bool negative);

  int64_t integer();
  /// A number of elements or bytes, at most the 4 GiB of a state space.
  uint64_t size(const char *what);
  /// Of a variable: a power of two.
  uint64_t alignment();
  /// Multiplies, where the product is still at most 4 GiB.
  void multiplySize(uint64_t &bytes, uint64_t count, const Variable &variable);
  /// Passes over everything up to a token, and that.
  void skipPast(const char *punctuation);
  void expect(const char *punctuation, const char *after);
  void skipBraces();
  Lexer lexer;
  int depth = 0; ///< of operands and initialisers within each other
};

} // namespace camber::ptx

#endif
