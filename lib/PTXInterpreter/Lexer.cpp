// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Splits PTX text into tokens.
#include "Lexer.h"
#include <cctype>

namespace camber::ptx {

static bool isWordStart(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%';
}
static bool isWordPart(char c) { return isWordStart(c) || std::isdigit(static_cast<unsigned char>(c)); }

void Lexer::skipBlanks() {
  while (position < text.size()) {
    if (text[position] == '\n') {
      ++line;
      ++position;
    } else if (std::isspace(static_cast<unsigned char>(text[position])) || text[position] == '\0') {
      ++position; // a file made from a C string may end with a NUL
    } else if (text.compare(position, 2, "//") == 0) {
      while (position < text.size() && text[position] != '\n')
        ++position;
    } else if (text.compare(position, 2, "/*") == 0) {
      const size_t end = text.find("*/", position + 2);
      const size_t stop = end == std::string_view::npos ? text.size() : end + 2;
      for (; position < stop; ++position)
        line += text[position] == '\n';
    } else {
      return;
    }
  }
}

Token Lexer::next() {
  const Token result = token;
  skipBlanks();
  token = {Token::End, {}, position, line};
  if (position >= text.size())
    return result;
  const size_t begin = position;
  const char first = text[position];
  const char second = position + 1 < text.size() ? text[position + 1] : '\0';
  if (isWordStart(first) || (first == '.' && isWordStart(second))) {
    token.kind = Token::Word;
    for (++position; position < text.size(); ++position) {
      if (isWordPart(text[position]) || text[position] == '.')
        continue;
      if (text.compare(position, 2, "::") != 0)
        break;
      ++position;
    }
  } else if (std::isdigit(static_cast<unsigned char>(first))) {
    token.kind = Token::Number;
    const bool bits = first == '0' && std::isalpha(static_cast<unsigned char>(second)); // 0x1e+2 is a sum, 1e+2 is not
    for (++position; position < text.size(); ++position) {
      const char c = text[position];
      const char before = text[position - 1];
      const bool sign = !bits && (c == '+' || c == '-') && (before == 'e' || before == 'E');
      if (!sign && !std::isalnum(static_cast<unsigned char>(c)) && c != '.')
        break;
    }
  } else if (first == '"') {
    token.kind = Token::String;
    const size_t end = text.find('"', position + 1);
    position = end == std::string_view::npos ? text.size() : end + 1;
    token.text = text.substr(begin + 1, position - begin - 1 - (end != std::string_view::npos));
    for (char c : token.text)
      line += c == '\n';
    return result;
  } else {
    token.kind = Token::Punctuation;
    ++position;
  }
  token.text = text.substr(begin, position - begin);
  return result;
}

bool Lexer::accept(std::string_view what) {
  if (!at(what))
    return false;
  next();
  return true;
}

void Lexer::skipLine() {
  const int here = token.line;
  while (token.kind != Token::End && token.line == here)
    next();
}

std::string Lexer::squeezed(size_t from, size_t to) const {
  std::string result;
  for (char c : text.substr(from, to - from)) {
    const bool blank = std::isspace(static_cast<unsigned char>(c));
    if (!blank || (!result.empty() && result.back() != ' '))
      result += blank ? ' ' : c;
  }
  while (!result.empty() && result.back() == ' ')
    result.pop_back();
  return result;
}

} // namespace camber::ptx
