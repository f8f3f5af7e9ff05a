// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Matches opcodes against the patterns of Forms.h.
#include "Forms.h"
#include "Parser.h"
#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <unordered_map>

namespace camber::ptx {

namespace {

struct Part {
  std::vector<std::string> alternatives;
  bool optional = false;
};

struct CompiledForm {
  const Form *form;
  std::vector<Part> parts;
};

Part compilePart(std::string text) {
  Part part;
  if (text.back() == '?') {
    part.optional = true;
    text.pop_back();
  }
  if (text.front() == '{')
    text = text.substr(1, text.size() - 2);
  for (size_t from = 0; from <= text.size();) {
    const size_t comma = std::min(text.find(',', from), text.size());
    part.alternatives.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return part;
}

std::vector<Part> compile(const std::string &pattern) {
  std::vector<Part> parts;
  for (size_t from = 0; from <= pattern.size();) {
    const size_t dot = std::min(pattern.find('.', from), pattern.size());
    parts.push_back(compilePart(pattern.substr(from, dot - from)));
    from = dot + 1;
  }
  return parts;
}

bool fits(const std::string &alternative, const std::string &token) {
  const size_t star = alternative.find('*');
  if (star == std::string::npos)
    return alternative == token;
  const size_t tail = alternative.size() - star - 1;
  if (token.size() <= star + tail || token.compare(0, star, alternative, 0, star) != 0 ||
      token.compare(token.size() - tail, tail, alternative, star + 1, tail) != 0)
    return false;
  return std::all_of(token.begin() + star, token.end() - tail, [](unsigned char c) { return std::isdigit(c); });
}

/// `reached` becomes the largest number of tokens that some way through the pattern accounts for.
bool matches(const std::vector<Part> &parts, size_t part, const std::vector<std::string> &tokens, size_t token,
             size_t &reached) {
  reached = std::max(reached, token);
  if (part == parts.size())
    return token == tokens.size();
  if (token < tokens.size())
    for (const std::string &alternative : parts[part].alternatives)
      if (fits(alternative, tokens[token]) && matches(parts, part + 1, tokens, token + 1, reached))
        return true;
  return parts[part].optional && matches(parts, part + 1, tokens, token, reached);
}

struct Table {
  Forms forms;
  std::unordered_map<std::string, std::vector<CompiledForm>> byOpcode;

  Table() {
    for (auto add : {addMoveForms,     addIntegerForms,     addBitForms,     addFloatForms,   addRoundedForms,
                     addHalfForms,     addApproximateForms, addCompareForms, addConvertForms, addLoadStoreForms,
                     addAtomicForms,   addWarpForms,        addControlForms, addBarrierForms, addAsyncCopyForms,
                     addMBarrierForms, addTensorCopyForms,  addMatrixForms,  addMmaForms,     addWgmmaForms})
      add(forms);
    for (const Form &form : forms) {
      std::vector<Part> parts = compile(form.pattern);
      for (const std::string &opcode : parts[0].alternatives)
        byOpcode[opcode].push_back({&form, parts});
    }
  }
};

const Table &table() {
  static const Table instance;
  return instance;
}

} // namespace

const Form &findForm(const Statement &statement) {
  const auto found = table().byOpcode.find(statement.opcode[0]);
  if (found == table().byOpcode.end())
    failAt(statement.line, fmt::format("unknown instruction '{}' in: {}", statement.opcode[0], statement.text));
  size_t reached = 0;
  for (const CompiledForm &candidate : found->second)
    if (matches(candidate.parts, 0, statement.opcode, 0, reached))
      return *candidate.form;
  if (reached < statement.opcode.size())
    failAt(statement.line, fmt::format("'.{}' is not known here: {}", statement.opcode[reached], statement.text));
  failAt(statement.line, fmt::format("the opcode is not complete: {}", statement.text));
}

const Forms &allForms() { return table().forms; }

uint64_t countOpcodes() {
  uint64_t total = 0;
  for (const Form &form : allForms()) {
    uint64_t product = 1;
    for (const Part &part : compile(form.pattern))
      product *= part.alternatives.size() + part.optional;
    total += product;
  }
  return total;
}

} // namespace camber::ptx
