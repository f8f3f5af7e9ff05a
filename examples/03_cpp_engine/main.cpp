// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Generates text: the prompt in one forward pass, then token by token. With both kinds of attention it runs two
// transformers on the same tokens and compares their logits.
#include "options.h"
#include "sampler.h"
#include "tokenizer.h"
#include "transformer.h"
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <limits>
#include <random>

namespace engine {
namespace {

/// How far logits may be apart, as a part of the largest logit: README.md says why.
constexpr double logitBar = 0x1p-18;

/// A transformer with one kind of attention, and how long it took.
struct Decoder {
  Decoder(const char *name, std::unique_ptr<Attention> kind, const Model &model, ThreadPool &pool, int64_t capacity)
      : name(name), attention(std::move(kind)), transformer(model, *attention, pool, capacity) {}

  /// Logits of `tokens`; the time is added to `seconds`.
  std::vector<float> forward(const std::vector<int> &tokens, double &seconds) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<float> logits = transformer.forward(tokens);
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return logits;
  }

  const char *name;
  std::unique_ptr<Attention> attention;
  Transformer transformer;
  double prefillSeconds = 0, prefillAttentionSeconds = 0, decodeSeconds = 0;
};

/// What two decoders that were given the same tokens made of them.
struct Comparison {
  int64_t logits = 0;           // compared
  double largestDifference = 0; // infinite where a logit is not finite
  double largestLogit = 0;
  int64_t choices = 0, sameChoices = 0;

  void add(const std::vector<float> &ours, const std::vector<float> &theirs) {
    for (size_t i = 0; i < ours.size(); ++i) {
      const double difference = std::abs(static_cast<double>(ours[i]) - theirs[i]);
      largestDifference =
          std::max(largestDifference, std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity());
      largestLogit = std::max(largestLogit, std::abs(static_cast<double>(theirs[i])));
    }
    logits += static_cast<int64_t>(ours.size());
  }

  bool withinBar() const { return largestDifference <= logitBar * largestLogit; }

  void print() const {
    std::printf("logits: %lld compared, largest %.3f, largest difference %.2g, which is %.2g of it; bar %.2g: %s\n",
                static_cast<long long>(logits), largestLogit, largestDifference, largestDifference / largestLogit,
                logitBar, withinBar() ? "passed" : "failed");
    std::printf("tokens: %lld of %lld are the same\n", static_cast<long long>(sameChoices),
                static_cast<long long>(choices));
  }
};

void printSpeed(const Decoder &decoder, int64_t promptTokens, int64_t decodedTokens) {
  const auto percent = [](double part, double whole) { return whole > 0 ? 100 * part / whole : 0; };
  std::printf("%s: prefill %.0f tokens/s (%.0f %% attention)", decoder.name,
              static_cast<double>(promptTokens) / decoder.prefillSeconds,
              percent(decoder.prefillAttentionSeconds, decoder.prefillSeconds));
  if (decodedTokens > 0)
    std::printf(
        ", decode %.0f tokens/s (%.0f %% attention)", static_cast<double>(decodedTokens) / decoder.decodeSeconds,
        percent(decoder.transformer.attentionSeconds() - decoder.prefillAttentionSeconds, decoder.decodeSeconds));
  std::printf("\n");
}

/// Writes prompt and continuation. The first decoder chooses the tokens; a second one is given the same ones.
Comparison generate(const Options &options, const Tokenizer &tokenizer, std::vector<Decoder> &decoders) {
  const std::vector<int> prompt = tokenizer.encode(options.prompt);
  const int64_t promptTokens = static_cast<int64_t>(prompt.size()), vocabulary = tokenizer.size();
  for (const Decoder &decoder : decoders) // before the first word, not in the middle of a sentence
    decoder.transformer.cache().requireRoom(promptTokens + options.tokens - 1); // the last token is not read again

  std::mt19937_64 random(options.seed);
  Comparison comparison;
  std::vector<int> next = prompt;
  std::printf("%s", options.prompt.c_str());
  for (int64_t step = 0; step < options.tokens; ++step) {
    const double uniform = static_cast<double>(random() >> 11) * 0x1p-53; // in [0, 1), one per token
    std::vector<std::vector<float>> logits;
    std::vector<int> choices;
    for (Decoder &decoder : decoders) {
      logits.push_back(decoder.forward(next, step == 0 ? decoder.prefillSeconds : decoder.decodeSeconds));
      if (step == 0)
        decoder.prefillAttentionSeconds = decoder.transformer.attentionSeconds();
      const float *last = logits.back().data() + logits.back().size() - vocabulary;
      choices.push_back(sample(last, vocabulary, options.temperature, uniform));
    }
    comparison.add(logits.front(), logits.back());
    comparison.choices += 1;
    comparison.sameChoices += choices.front() == choices.back();
    next = {choices.front()};
    std::printf("%s", tokenizer.piece(choices.front()).c_str());
    std::fflush(stdout);
  }
  std::printf("\n");
  for (const Decoder &decoder : decoders)
    printSpeed(decoder, promptTokens, options.tokens - 1);
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
  decoders.reserve(2); // a transformer refers to the attention beside it
  if (options.kernel)
    decoders.emplace_back("kernel", makeKernelAttention(config), model, pool, options.capacity);
  if (options.reference)
    decoders.emplace_back("reference", makeReferenceAttention(config), model, pool, options.capacity);

  const Comparison comparison = generate(options, tokenizer, decoders);
  if (decoders.size() < 2)
    return 0;
  comparison.print();
  return comparison.withinBar() ? 0 : 1;
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
