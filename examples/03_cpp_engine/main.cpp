// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Generates text: the prompt in few forward passes, then token by token. With both kinds of attention it runs a
// transformer for each on the same tokens and compares their logits.
#include "options.h"
#include "sampler.h"
#include "tokenizer.h"
#include "transformer.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace engine {
namespace {

/// The kernels' logits may be this many times as far from the reference's as those of a reference whose every attention
/// output is off by one unit in the last place: README.md says why.
constexpr double toleranceFactor = 4;

/// Tokens that went through a transformer, and how long it took.
struct Work {
  int64_t tokens = 0;
  double seconds = 0, attentionSeconds = 0;

  void print(const char *name) const {
    std::printf("%s %.0f tokens/s (%.0f %% attention)", name, static_cast<double>(tokens) / seconds,
                100 * attentionSeconds / seconds);
  }
};

/// A transformer with one kind of attention.
struct Decoder {
  Decoder(const char *name, std::unique_ptr<Attention> kind, const Model &model, ThreadPool &pool, int64_t capacity)
      : name(name), attention(std::move(kind)), transformer(model, *attention, pool, capacity) {}

  /// Logits of `tokens`; adds to `work`, which is `prefill` or `decode`.
  std::vector<float> forward(const std::vector<int> &tokens, Work &work) {
    const double attentionBefore = transformer.attentionSeconds();
    const auto start = std::chrono::steady_clock::now();
    std::vector<float> logits = transformer.forward(tokens);
    work.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    work.attentionSeconds += transformer.attentionSeconds() - attentionBefore;
    work.tokens += static_cast<int64_t>(tokens.size());
    return logits;
  }

  void printSpeed() const {
    std::printf("%s: ", name);
    prefill.print("prefill");
    if (decode.tokens > 0)
      decode.print(", decode");
    std::printf("\n");
  }

  const char *name;
  std::unique_ptr<Attention> attention;
  Transformer transformer;
  Work prefill, decode;
};

/// The largest difference of two lists of logits; infinite where a logit is not finite.
double largestDifference(const std::vector<float> &ours, const std::vector<float> &theirs) {
  double largest = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    const double difference = std::abs(static_cast<double>(ours[i]) - theirs[i]);
    largest = std::max(largest, std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity());
  }
  return largest;
}

/// What three decoders that were given the same tokens made of them.
struct Comparison {
  int64_t logits = 0; // compared
  double largestLogit = 0;
  double kernelDifference = 0;   // of kernel and reference
  double roundingDifference = 0; // of the reference and the same with outputs that are off by one unit
  int64_t choices = 0, sameChoices = 0;

  /// Logits of kernel, reference and the reference that is off by one unit, in this order.
  void addLogits(const std::vector<std::vector<float>> &all) {
    const std::vector<float> &reference = all[1];
    for (float logit : reference)
      largestLogit = std::max(largestLogit, std::abs(static_cast<double>(logit)));
    kernelDifference = std::max(kernelDifference, largestDifference(all[0], reference));
    roundingDifference = std::max(roundingDifference, largestDifference(all[2], reference));
    logits += static_cast<int64_t>(reference.size());
  }

  /// The tokens that they would choose.
  void addChoices(const std::vector<int> &all) {
    choices += 1;
    sameChoices += all[0] == all[1];
  }

  bool passed() const {
    return std::isfinite(kernelDifference) && kernelDifference <= toleranceFactor * roundingDifference;
  }

  void print() const {
    std::printf("logits: %lld compared, up to %.2f; largest difference %.2g, tolerance %.2g = %.0f x %.2g: %s\n",
                static_cast<long long>(logits), largestLogit, kernelDifference, toleranceFactor * roundingDifference,
                toleranceFactor, roundingDifference, passed() ? "passed" : "failed");
    std::printf("tokens: %lld of %lld are the same\n", static_cast<long long>(sameChoices),
                static_cast<long long>(choices));
  }
};

/// Writes prompt and continuation. The first decoder chooses the tokens; the others, if any, are given the same ones:
/// they are the reference and the one that is off by one unit.
Comparison generate(const Options &options, const Tokenizer &tokenizer, std::vector<Decoder> &decoders) {
  const std::vector<int> prompt = tokenizer.encode(options.prompt);
  const int64_t promptTokens = static_cast<int64_t>(prompt.size());
  for (const Decoder &decoder : decoders) // before the first word, not in the middle of a sentence
    decoder.transformer.cache().requireRoom(promptTokens + options.tokens - 1);

  Comparison comparison;
  std::vector<std::vector<float>> logits(decoders.size());
  const auto forward = [&](const std::vector<int> &tokens, Work Decoder::*work) {
    for (size_t i = 0; i < decoders.size(); ++i)
      logits[i] = decoders[i].forward(tokens, decoders[i].*work);
    if (decoders.size() > 1)
      comparison.addLogits(logits);
  };

  for (int64_t begin = 0; begin < promptTokens; begin += options.chunk)
    forward({prompt.begin() + begin, prompt.begin() + std::min(begin + options.chunk, promptTokens)},
            &Decoder::prefill);
  std::printf("%s", options.prompt.c_str());

  std::mt19937_64 random(~options.seed); // other numbers than those that made the weights
  for (int64_t remaining = options.tokens; remaining > 0; --remaining) {
    const double uniform = static_cast<double>(random() >> 11) * 0x1p-53; // in [0, 1), the same for all decoders
    std::vector<int> choices;
    for (const std::vector<float> &rows : logits)
      choices.push_back(
          sample(rows.data() + rows.size() - tokenizer.size(), tokenizer.size(), options.temperature, uniform));
    if (decoders.size() > 1)
      comparison.addChoices(choices);
    std::printf("%s", tokenizer.piece(choices.front()).c_str());
    std::fflush(stdout);
    if (remaining > 1)
      forward({choices.front()}, &Decoder::decode);
  }
  std::printf("\n");
  return comparison;
}

int run(int argc, char **argv) {
  const Options options = parseOptions(argc, argv);
  if (options.help) {
    std::printf("%s", usage);
    return 0;
  }
  const Tokenizer tokenizer;
  ModelConfig config;
  config.vocabulary = tokenizer.size();
  const Model model(config, options.seed);
  ThreadPool pool(options.threads);
  std::vector<Decoder> decoders;
  if (options.kernel)
    decoders.emplace_back("kernel", makeKernelAttention(config), model, pool, options.capacity);
  if (options.reference)
    decoders.emplace_back("reference", makeReferenceAttention(config, Rounding::Nearest), model, pool,
                          options.capacity);
  if (options.kernel && options.reference)
    decoders.emplace_back("reference, off by one unit", makeReferenceAttention(config, Rounding::OneUlpOff), model,
                          pool, options.capacity);

  const Comparison comparison = generate(options, tokenizer, decoders);
  for (const Decoder &decoder : decoders)
    decoder.printSpeed();
  if (decoders.size() == 1)
    return 0;
  comparison.print();
  return comparison.passed() ? 0 : 1;
}

} // namespace
} // namespace engine

int main(int argc, char **argv) {
  try {
    return engine::run(argc, argv);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "cpp_engine: %s\n", error.what());
    return 2;
  }
}
