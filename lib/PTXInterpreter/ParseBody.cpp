// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The inner grammar of PTX: scopes, registers, labels, instructions and their operands.
#include "Parser.h"
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>

namespace camber::ptx {

void Parser::body(Function &function) {
  function.hasBody = true;
  expect("{", "the head of a function");
  function.scopes.emplace_back();
  std::vector<int> open = {0};
  while (!open.empty()) {
    const Token token = lexer.peek();
    if (token.kind == Token::End)
      failAt(token.line, "the body of '" + function.name + "' does not end");
    if (lexer.accept("}")) {
      open.pop_back();
    } else if (lexer.accept("{")) {
      function.scopes.emplace_back();
      function.scopes.back().parent = open.back();
      open.push_back(static_cast<int>(function.scopes.size()) - 1);
    } else if (lexer.accept(";")) {
    } else if (token.text.substr(0, 1) == ".") {
      if (!bodyDirective(function, open.back()))
        failAt(token.line, fmt::format("unknown directive '{}'", token.text));
    } else {
      statement(function, open.back());
    }
  }
}

bool Parser::bodyDirective(Function &function, int scope) {
  const Token token = lexer.peek();
  if (token.text == ".loc" || token.text == ".file") {
    lexer.skipLine();
    return true;
  }
  if (token.text == ".reg") {
    registers(function, scope);
    return true;
  }
  if (token.text == ".pragma") {
    skipPast(";");
    return true;
  }
  const Space space = token.text == ".shared"  ? Space::Shared
                      : token.text == ".local" ? Space::Local
                      : token.text == ".param" ? Space::Param
                      : token.text == ".const" ? Space::Const
                                               : Space::Global;
  if (space == Space::Global && token.text != ".global")
    return false;
  lexer.next();
  for (Variable &variable : variables(space)) {
    function.scopes[scope].variables[variable.name] = static_cast<int>(function.variables.size());
    function.variables.push_back(std::move(variable));
  }
  return true;
}

/// Compilers write thousands; each is a row of every warp.
static constexpr uint64_t kMaxRegisters = uint64_t(1) << 20;

void Parser::registers(Function &function, int scope) {
  lexer.next();
  int bits = 0;
  while (lexer.peek().text.substr(0, 1) == ".") {
    const Token token = lexer.next();
    bits = typeBits(std::string(token.text.substr(1)));
    if (!bits || bits > 64)
      failAt(token.line, fmt::format("registers of type '{}' are not supported", token.text));
  }
  const auto add = [&](const std::string &name) {
    function.scopes[scope].registers[name] = static_cast<int>(function.registers.size());
    function.registers.push_back({name, bits});
  };
  do {
    const std::string name(lexer.next().text);
    if (lexer.accept("<")) {
      const uint64_t count = size("the number of registers");
      expect(">", "the number of registers");
      if (function.registers.size() + count > kMaxRegisters)
        failAt(lexer.peek().line, fmt::format("'{}' has more than {} registers", function.name, kMaxRegisters));
      for (uint64_t i = 0; i < count; ++i)
        add(name + std::to_string(i));
    } else {
      add(name);
    }
  } while (lexer.accept(","));
  expect(";", ".reg");
}

void Parser::labelled(Function &function, int scope, const std::string &label) {
  // A label may name a list of labels instead of a place.
  if (lexer.accept(".branchtargets")) {
    auto &targets = function.scopes[scope].branchTargets[label];
    do
      targets.emplace_back(lexer.next().text);
    while (lexer.accept(","));
    expect(";", ".branchtargets");
    return;
  }
  if (lexer.at(".callprototype") || lexer.at(".calltargets")) { // of indirect calls, which the decoder refuses
    skipPast(";");
    return;
  }
  function.scopes[scope].labels[label] = static_cast<int>(function.statements.size());
}

void Parser::statement(Function &function, int scope) {
  Statement result;
  result.scope = scope;
  const Token first = lexer.peek();
  result.line = first.line;
  if (lexer.accept("@")) {
    result.predicateNegated = lexer.accept("!");
    result.predicate = std::string(lexer.next().text);
  }
  const Token opcode = lexer.next();
  if (opcode.kind != Token::Word)
    failAt(opcode.line, fmt::format("expected an instruction, found '{}'", opcode.text));
  if (result.predicate.empty() && lexer.accept(":")) {
    labelled(function, scope, std::string(opcode.text));
    return;
  }
  for (size_t from = 0; from <= opcode.text.size();) {
    const size_t dot = std::min(opcode.text.find('.', from), opcode.text.size());
    result.opcode.emplace_back(opcode.text.substr(from, dot - from));
    from = dot + 1;
  }
  while (!lexer.at(";")) {
    if (lexer.peek().kind == Token::End || lexer.at("}"))
      failAt(result.line, fmt::format("expected ';' after '{}'", opcode.text));
    result.operands.push_back(operand());
    if (!lexer.accept(",") && !lexer.at(";"))
      failAt(lexer.peek().line,
             fmt::format("expected ',' or ';' after an operand of '{}', found '{}'", opcode.text, lexer.peek().text));
  }
  result.begin = first.offset;
  result.end = lexer.peek().offset + 1;
  result.text = lexer.squeezed(result.begin, result.end);
  lexer.next();
  function.statements.push_back(std::move(result));
}

Operand Parser::number(bool negative) {
  const Token token = lexer.next();
  const std::string text(token.text);
  Operand result;
  char *end = nullptr;
  if (token.kind != Token::Number)
    failAt(token.line, "expected a number, found '" + text + "'");
  const char kind = text.size() > 1 && text[0] == '0' ? static_cast<char>(std::tolower(text[1])) : '\0';
  if ((kind == 'f' && text.size() == 10) || (kind == 'd' && text.size() == 18)) {
    result.kind = kind == 'f' ? Operand::Float32 : Operand::Float64;
    result.bits = std::strtoull(text.c_str() + 2, &end, 16);
    if (negative)
      result.bits ^= uint64_t(1) << (kind == 'f' ? 31 : 63);
  } else if (kind != 'x' && text.find_first_of(".eE") != std::string::npos) {
    result.kind = Operand::Float64;
    double value = std::strtod(text.c_str(), &end);
    value = negative ? -value : value;
    std::memcpy(&result.bits, &value, sizeof(value));
  } else {
    result.kind = Operand::Integer;
    errno = 0;
    result.bits = kind == 'b' ? std::strtoull(text.c_str() + 2, &end, 2) : std::strtoull(text.c_str(), &end, 0);
    if (errno == ERANGE)
      failAt(token.line, "'" + text + "' does not fit in 64 bits");
    if (*end == 'U')
      ++end;
    if (negative)
      result.bits = 0 - result.bits;
  }
  if (*end)
    failAt(token.line, "'" + text + "' is not a number");
  return result;
}

Operand Parser::address() {
  Operand result;
  result.kind = Operand::Address;
  Operand base = operand();
  result.offset = base.offset;
  base.offset = 0;
  result.parts.push_back(std::move(base));
  while (lexer.accept("+") || lexer.at("-")) // [a+-8] is how some print [a-8]
    result.offset += integer();
  while (lexer.accept(","))
    result.parts.push_back(operand());
  expect("]", "an address");
  return result;
}

Operand Parser::operand() {
  if (depth == kMaxDepth)
    failAt(lexer.peek().line, "an operand is nested too deeply");
  ++depth;
  Operand result = operandAtDepth();
  --depth;
  return result;
}

Operand Parser::operandAtDepth() {
  const Token token = lexer.peek();
  Operand result;
  if (lexer.accept("{") || lexer.accept("(")) {
    const char *close = token.text == "{" ? "}" : ")";
    result.kind = token.text == "{" ? Operand::Vector : Operand::List;
    while (!lexer.accept(close)) {
      result.parts.push_back(operand());
      if (!lexer.accept(",") && !lexer.at(close))
        failAt(lexer.peek().line, fmt::format("expected ',' or '{}', found '{}'", close, lexer.peek().text));
    }
    return result;
  }
  if (lexer.accept("["))
    return address();
  if (lexer.accept("!")) {
    result = operand();
    result.negated = true;
    return result;
  }
  if (lexer.accept("-")) {
    if (lexer.peek().kind == Token::Number)
      return number(true);
    result = operand();
    result.negated = true;
    return result;
  }
  if (token.kind == Token::Number)
    return number(false);
  if (token.kind != Token::Word)
    failAt(token.line, fmt::format("expected an operand, found '{}'", token.text));
  lexer.next();
  result.kind = token.text == "_" ? Operand::Sink : Operand::Name;
  result.name = std::string(token.text);
  if (lexer.accept("|")) {
    Operand pair;
    pair.kind = Operand::Pair;
    pair.parts.push_back(std::move(result));
    pair.parts.push_back(operand());
    return pair;
  }
  if (lexer.accept("+"))
    result.offset = integer();
  if (lexer.accept("[")) { // name[4]: an address within a variable
    result.offset += integer();
    expect("]", "an index");
  }
  return result;
}

} // namespace camber::ptx
