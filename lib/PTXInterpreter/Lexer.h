// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Splits PTX text into words, numbers, strings and punctuation, each with its line.
#ifndef CAMBER_PTXINTERPRETER_LEXER_H
#define CAMBER_PTXINTERPRETER_LEXER_H

#include <cstddef>
#include <string>
#include <string_view>

namespace camber::ptx {

struct Token {
  enum Kind { Word, Number, String, Punctuation, End } kind = End;
  std::string_view text; ///< without the quotes of a string
  size_t offset = 0;     ///< where it begins in the text
  int line = 1;
};

/// A word takes its dots and double colons with it (`ld.shared::cta.v4.f32`, `.reg`, `%tid.x`): what they separate is
/// up to the parser. Comments and blanks vanish. A character that begins no token is a punctuation of its own.
class Lexer {
public:
  explicit Lexer(std::string_view text) : text(text) { next(); }

  const Token &peek() const { return token; }
  /// The current token; moves on to the following one.
  Token next();
  bool at(std::string_view what) const { return token.kind != Token::String && token.text == what; }
  /// Whether the current token was `what`, which is then passed over.
  bool accept(std::string_view what);
  /// Passes over the rest of the current token's line: `.loc` and `.file` end there.
  void skipLine();
  /// The characters from one offset to another, runs of blanks as one.
  std::string squeezed(size_t from, size_t to) const;

private:
  void skipBlanks();
  std::string_view text;
  size_t position = 0;
  int line = 1;
  Token token;
};

} // namespace camber::ptx

#endif
