// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The outer grammar of PTX: directives, variables, parameters, functions.
#include "Parser.h"
#include "camber/PTXInterpreter/Memory.h"
#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace camber::ptx {

void failAt(int line, const std::string &message) { throw Error{fmt::format("line {}: {}", line, message)}; }

int typeBits(const std::string &type) {
  static const std::unordered_map<std::string, int> bits = {
      {"pred", 1},   {"b8", 8},      {"u8", 8},     {"s8", 8},   {"b16", 16},    {"u16", 16},   {"s16", 16},
      {"f16", 16},   {"bf16", 16},   {"b32", 32},   {"u32", 32}, {"s32", 32},    {"f32", 32},   {"f16x2", 32},
      {"tf32", 32},  {"bf16x2", 32}, {"u16x2", 32}, {"b64", 64}, {"u64", 64},    {"s64", 64},   {"f64", 64},
      {"s16x2", 32}, {"b128", 128},  {"e4m3", 8},   {"e5m2", 8}, {"e4m3x2", 16}, {"e5m2x2", 16}};
  const auto found = bits.find(type);
  return found == bits.end() ? 0 : found->second;
}

Result<ModuleSyntax> parseModule(std::string_view text) {
  try {
    return Parser(text).module();
  } catch (const Error &error) {
    return Failure{error.message};
  }
}

void Parser::expect(const char *punctuation, const char *after) {
  if (lexer.accept(punctuation))
    return;
  const Token found = lexer.peek();
  failAt(found.line,
         fmt::format("expected '{}' after {}, found {}", punctuation, after,
                     found.kind == Token::End ? "the end of the text" : "'" + std::string(found.text) + "'"));
}

void Parser::skipPast(const char *punctuation) {
  const int line = lexer.peek().line;
  while (!lexer.accept(punctuation)) {
    if (lexer.peek().kind == Token::End)
      failAt(line, fmt::format("expected '{}', found the end of the text", punctuation));
    lexer.next();
  }
}

uint64_t Parser::size(const char *what) {
  const int line = lexer.peek().line;
  const int64_t value = integer();
  if (value < 0 || static_cast<uint64_t>(value) > Memory::kMaxBytes)
    failAt(line, fmt::format("{} must be from 0 to {}, got {}", what, Memory::kMaxBytes, value));
  return static_cast<uint64_t>(value);
}

uint64_t Parser::alignment() {
  const int line = lexer.peek().line;
  const int64_t value = integer();
  if (value < 1 || value > static_cast<int64_t>(Memory::kMaxAlignment) || (value & (value - 1)))
    failAt(line, fmt::format("an alignment must be a power of two up to {}, got {}", Memory::kMaxAlignment, value));
  return static_cast<uint64_t>(value);
}

void Parser::multiplySize(uint64_t &bytes, uint64_t count, const Variable &variable) {
  if (count && bytes > Memory::kMaxBytes / count)
    failAt(variable.line, fmt::format("'{}' has more than {} bytes", variable.name, Memory::kMaxBytes));
  bytes *= count;
}

int64_t Parser::integer() {
  const bool negative = lexer.accept("-");
  const Operand value = number(negative);
  if (value.kind != Operand::Integer)
    failAt(lexer.peek().line, "expected an integer");
  return static_cast<int64_t>(value.bits);
}

void Parser::skipBraces() {
  while (!lexer.at("{") && lexer.peek().kind != Token::End)
    lexer.next();
  int depth = 0;
  do {
    depth += lexer.at("{") - lexer.at("}");
    lexer.next();
  } while (depth > 0 && lexer.peek().kind != Token::End);
}

static bool spaceOf(std::string_view directive, Space &space) {
  static const std::pair<std::string_view, Space> spaces[] = {{".global", Space::Global},
                                                              {".shared", Space::Shared},
                                                              {".local", Space::Local},
                                                              {".const", Space::Const},
                                                              {".param", Space::Param}};
  for (const auto &[name, value] : spaces)
    if (directive == name) {
      space = value;
      return true;
    }
  return false;
}

ModuleSyntax Parser::module() {
  ModuleSyntax module;
  bool external = false;
  while (lexer.peek().kind != Token::End) {
    const Token token = lexer.next();
    Space space;
    if (token.text == ".version") {
      module.version = std::string(lexer.next().text);
    } else if (token.text == ".target") {
      module.target = std::string(lexer.next().text);
      while (lexer.accept(","))
        lexer.next();
    } else if (token.text == ".address_size") {
      module.addressBits = static_cast<int>(integer());
      if (module.addressBits != 64)
        failAt(token.line, fmt::format(".address_size {} is not supported, only 64", module.addressBits));
    } else if (token.text == ".file" || token.text == ".loc") {
      while (lexer.peek().kind != Token::End && lexer.peek().line == token.line)
        lexer.next();
    } else if (token.text == ".pragma") {
      skipPast(";");
    } else if (token.text == ".section") {
      skipBraces();
    } else if (token.text == ".extern") {
      external = true;
      continue;
    } else if (token.text == ".visible" || token.text == ".weak" || token.text == ".common") {
      continue;
    } else if (token.text == ".alias") {
      skipPast(";");
    } else if (token.text == ".entry" || token.text == ".func") {
      function(module, token.text == ".entry");
    } else if (spaceOf(token.text, space)) {
      for (Variable &variable : variables(space)) {
        variable.external = external && space != Space::Shared;
        module.variables.push_back(std::move(variable));
      }
    } else if (token.text == ";") {
    } else {
      failAt(token.line, fmt::format("unknown directive '{}'", token.text));
    }
    external = false;
  }
  if (module.version.empty())
    failAt(1, "this is not PTX: it has no .version");
  return module;
}

std::vector<Variable> Parser::variables(Space space) {
  Variable common;
  common.space = space;
  common.line = lexer.peek().line;
  uint64_t vector = 1, alignment = 0;
  while (lexer.peek().text.substr(0, 1) == ".") {
    const Token token = lexer.next();
    const std::string word(token.text.substr(1));
    if (word == "align") {
      alignment = this->alignment();
    } else if (word == "v2" || word == "v4") {
      vector = static_cast<uint64_t>(word[1] - '0');
    } else if (word == "attribute") {
      skipPast(")");
    } else if (typeBits(word)) {
      common.type = word;
    } else {
      failAt(token.line, fmt::format("unknown type or attribute '.{}' of a variable", word));
    }
  }
  if (common.type.empty())
    failAt(common.line, "a variable without a type");
  const uint64_t elementBytes = static_cast<uint64_t>(typeBits(common.type)) / 8;
  common.alignment = alignment ? alignment : elementBytes * vector;
  common.bytes = elementBytes * vector;
  std::vector<Variable> result;
  do {
    Variable variable = common;
    variable.name = std::string(lexer.next().text);
    declarator(variable, elementBytes);
    result.push_back(std::move(variable));
  } while (lexer.accept(","));
  expect(";", "the declaration of a variable");
  return result;
}

void Parser::declarator(Variable &variable, uint64_t elementBytes) {
  bool outermost = true;
  bool unsized = false;
  while (lexer.accept("[")) {
    if (lexer.accept("]")) {
      if (!outermost)
        failAt(variable.line, "only the first dimension of '" + variable.name + "' may be left open");
      unsized = true;
    } else {
      multiplySize(variable.bytes, size("the size of an array"), variable);
      expect("]", "the size of an array");
    }
    outermost = false;
  }
  if (lexer.accept("="))
    initialiser(variable, elementBytes);
  if (unsized) {
    variable.unsizedArray = variable.contents.empty();
    variable.bytes = variable.contents.size();
  }
  if (variable.contents.size() > variable.bytes)
    failAt(variable.line, fmt::format("'{}' has {} bytes and is initialised with {}", variable.name, variable.bytes,
                                      variable.contents.size()));
  if (!variable.contents.empty())
    variable.contents.resize(variable.bytes);
}

void Parser::initialiser(Variable &variable, uint64_t elementBytes) {
  if (!lexer.accept("{")) {
    initialiserValue(variable, elementBytes);
    return;
  }
  if (++depth > kMaxDepth)
    failAt(variable.line, "the initialiser of '" + variable.name + "' is nested too deeply");
  while (!lexer.accept("}")) {
    initialiser(variable, elementBytes);
    lexer.accept(",");
    if (lexer.peek().kind == Token::End)
      failAt(variable.line, "the initialiser of '" + variable.name + "' does not end");
  }
  --depth;
}

void Parser::initialiserValue(Variable &variable, uint64_t elementBytes) {
  const Token token = lexer.peek();
  uint64_t bits = 0;
  if (token.kind == Token::Word) {
    lexer.next();
    Variable::Relocation relocation{variable.contents.size(), std::string(token.text), 0, false};
    if (token.text == "generic") {
      expect("(", "generic");
      relocation.symbol = std::string(lexer.next().text);
      relocation.generic = true;
      expect(")", "generic(name");
    }
    if (lexer.accept("+"))
      relocation.addend = integer();
    if (elementBytes != 8)
      failAt(token.line, "an address needs 8 bytes in the initialiser of '" + variable.name + "'");
    variable.relocations.push_back(relocation);
  } else {
    const bool negative = lexer.accept("-");
    const Operand value = number(negative);
    bits = value.bits;
    if (value.kind == Operand::Float64 && variable.type == "f32") {
      double wide;
      std::memcpy(&wide, &bits, sizeof(wide));
      const float narrow = static_cast<float>(wide);
      uint32_t low;
      std::memcpy(&low, &narrow, sizeof(low));
      bits = low;
    }
  }
  for (uint64_t i = 0; i < elementBytes; ++i)
    variable.contents.push_back(static_cast<uint8_t>(bits >> 8 * i));
}

Variable Parser::parameter(bool ofKernel) {
  Variable variable;
  variable.space = Space::Param;
  variable.line = lexer.peek().line;
  uint64_t alignment = 0;
  while (lexer.peek().text.substr(0, 1) == ".") {
    const Token token = lexer.next();
    const std::string word(token.text.substr(1));
    if (word == "reg") {
      variable.isRegister = true;
    } else if (word == "align") {
      alignment = this->alignment();
    } else if (word == "ptr") { // .ptr .global .align 16: of what it points to
      while (lexer.peek().text.substr(0, 1) == ".")
        if (lexer.next().text == ".align")
          integer();
    } else if (typeBits(word)) {
      variable.type = word;
    } else if (word != "param" && word != "const") {
      failAt(token.line, fmt::format("unknown attribute '.{}' of a parameter", word));
    }
  }
  variable.name = std::string(lexer.next().text);
  const uint64_t elementBytes = std::max<uint64_t>(1, static_cast<uint64_t>(typeBits(variable.type)) / 8);
  if (variable.type.empty())
    failAt(variable.line, "the parameter '" + variable.name + "' has no type");
  variable.alignment = alignment ? alignment : elementBytes;
  variable.bytes = elementBytes;
  if (lexer.accept("[")) {
    if (!lexer.accept("]")) {
      multiplySize(variable.bytes, size("the size of a parameter"), variable);
      expect("]", "the size of a parameter");
    }
  }
  return variable;
}

std::vector<Variable> Parser::parameterList(bool ofKernel) {
  std::vector<Variable> result;
  expect("(", "the name of a function");
  while (!lexer.accept(")")) {
    result.push_back(parameter(ofKernel));
    if (!lexer.accept(",") && !lexer.at(")"))
      failAt(lexer.peek().line, fmt::format("expected ',' or ')' after a parameter, found '{}'", lexer.peek().text));
  }
  return result;
}

void Parser::function(ModuleSyntax &module, bool isKernel) {
  Function result;
  result.isKernel = isKernel;
  result.line = lexer.peek().line;
  while (lexer.at(".attribute"))
    skipPast(")");
  if (lexer.at("("))
    result.results = parameterList(false);
  result.name = std::string(lexer.next().text);
  if (lexer.at("("))
    result.parameters = parameterList(isKernel);
  while (!lexer.at("{") && !lexer.at(";")) {
    const Token token = lexer.next();
    if (token.kind != Token::Word || token.text[0] != '.')
      failAt(token.line, fmt::format("unexpected '{}' before the body of '{}'", token.text, result.name));
    std::vector<int64_t> &numbers = result.directives[std::string(token.text)];
    while (lexer.peek().kind == Token::Number || lexer.at(",") || lexer.peek().kind == Token::String) {
      if (lexer.peek().kind == Token::Number)
        numbers.push_back(integer());
      else
        lexer.next();
    }
    if (token.text == ".pragma")
      lexer.accept(";");
  }
  if (!lexer.accept(";"))
    body(result);
  module.functions.push_back(std::move(result));
}

} // namespace camber::ptx
