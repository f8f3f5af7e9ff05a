// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A vocabulary of syllables, so that what an untrained model generates can be read aloud.
#pragma once
#include <cstddef>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace engine {

/// 256 tokens: 32 single characters, with which every prompt of these can be written, then 16 onsets by 7 rimes, each
/// as the beginning of a word (with a space before it) and inside of one.
class Tokenizer {
public:
  Tokenizer() {
    for (char character : std::string("abcdefghijklmnopqrstuvwxyz .,?!'"))
      add(std::string(1, character));
    for (const char *space : {" ", ""})
      for (const char *onset : {"b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "th", "sh"})
        for (const char *rime : {"a", "e", "i", "o", "u", "an", "er"})
          add(std::string(space) + onset + rime);
  }

  int size() const { return static_cast<int>(pieces.size()); }

  /// The text of a token in 0 … size()-1.
  const std::string &piece(int token) const { return pieces[token]; }

  /// Tokens of a text, at each place the longest that fits. Throws std::invalid_argument at a character that no token
  /// has.
  std::vector<int> encode(const std::string &text) const {
    std::vector<int> tokens;
    for (size_t at = 0; at < text.size();) {
      size_t length = longest;
      auto found = tokenOf.find(text.substr(at, length));
      while (found == tokenOf.end() && --length > 0)
        found = tokenOf.find(text.substr(at, length));
      if (found == tokenOf.end())
        throw std::invalid_argument("character " + std::to_string(at) +
                                    " of the prompt is not in the vocabulary: use "
                                    "lower-case letters, spaces and .,?!'");
      tokens.push_back(found->second);
      at += found->first.size();
    }
    return tokens;
  }

private:
  void add(const std::string &piece) {
    tokenOf.emplace(piece, size());
    pieces.push_back(piece);
    longest = piece.size() > longest ? piece.size() : longest;
  }

  std::vector<std::string> pieces;
  std::unordered_map<std::string, int> tokenOf;
  size_t longest = 0;
};

} // namespace engine
