// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random chains of score modifiers with the parameters they read.
#ifndef CAMBER_TEST_DIALECT_ATTN_RANDOMCHAINS_H
#define CAMBER_TEST_DIALECT_ATTN_RANDOMCHAINS_H

#include "Interpreter.h"
#include "llvm/ADT/StringRef.h"
#include <cmath>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>

namespace camber::test {

/// Another one for each commit where the tests are run by lit (test/seeds.py).
inline uint64_t testSeed() {
  const char *given = std::getenv("CAMBER_TEST_SEED");
  return given ? std::strtoull(given, nullptr, 10) : 1;
}

struct Random {
  explicit Random(uint64_t seed) : engine(seed) {}
  std::mt19937_64 engine;

  int64_t integer(int64_t lo, int64_t hi) {
    return lo + static_cast<int64_t>(engine() % static_cast<uint64_t>(hi - lo + 1));
  }
  bool chance(double p) { return uniform(0, 1) < p; }
  double uniform(double lo, double hi) { return lo + (hi - lo) * (static_cast<double>(engine() >> 11) * 0x1p-53); }
  /// A magnitude between two: small and large ones alike.
  double magnitude(double lo, double hi) { return std::exp2(uniform(std::log2(lo), std::log2(hi))); }
};

/// A score body under construction: modifiers in their order and the parameters they read.
class Chain {
public:
  static constexpr int64_t batches = 2, heads = 4;

  Chain(Random &random) : random(random), headOffset(4 * random.integer(0, 2)) {}

  void scale(double factor);
  void softcap(double cap);
  /// A slope for each head: of either sign and some of them 0, or from the formula.
  enum class Slopes { Formula, PerHead, PerBatch };
  /// `form` is causal, symmetric, half, sqrt or asymmetric, which ignores `slopes`. Interpolated or not, at random.
  void alibi(llvm::StringRef form, Slopes slopes);
  void asymmetric(bool integerOffset);
  void t5(bool bidirectional);
  /// Any modifier, with what `tight` and `visible` say kept up.
  void any();
  /// Text with `$s` for the score so far.
  void apply(std::string op);
  /// Any other line of the body.
  void line(const std::string &text) { body += "  " + text + "\n"; }
  /// A parameter; returns the name of its block argument.
  std::string parameter(std::string type, Datum datum);

  std::string text() const;
  /// Whether attn.alibi_half leaves the pair visible.
  bool visible(int64_t head, int64_t distance) const {
    return !halfHeads || (head < *halfHeads / 2 ? distance <= 0 : distance >= 0);
  }

  Random &random;
  int64_t headOffset;
  std::vector<Datum> data;
  /// At most one op depends on the distance, and the extremes of that op are attained in every block.
  bool tight = true;
  /// In place of random slopes and offsets.
  std::optional<float> slopeOverride, offsetOverride;

private:
  std::string perHead(float scale);
  std::string slopes(Slopes kind, std::string &attributes, bool half);
  std::string interpolation(std::string &attributes);
  std::string body, arguments, score = "%s";
  std::optional<int64_t> halfHeads;
  int values = 0, distanceOps = 0;
};

} // namespace camber::test

#endif
