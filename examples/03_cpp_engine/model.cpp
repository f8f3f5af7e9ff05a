// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Weights from a seed, scaled so that an untrained model behaves like one that has something to say.
#include "model.h"
#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>

namespace engine {
namespace {

/// Draws floats that are the same with every standard library: the numbers of std::mt19937_64 are fixed by the
/// standard, those of its distributions are not.
class Generator {
public:
  explicit Generator(uint64_t seed) : bits(seed) {}

  /// `count` numbers of the given mean, uniform, standard deviation `deviation`.
  std::vector<float> draw(int64_t count, double mean, double deviation) {
    std::vector<float> values(count);
    for (float &value : values) {
      const double uniform = (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53; // in (0, 1)
      value = static_cast<float>(mean + deviation * std::sqrt(12.0) * (uniform - 0.5));
    }
    return values;
  }

  /// [inputs, outputs]. Inputs of variance 1 give outputs of standard deviation `gain`.
  Matrix matrix(int64_t inputs, int64_t outputs, double gain) {
    return Matrix(inputs, outputs, draw(inputs * outputs, 0, gain / std::sqrt(static_cast<double>(inputs))));
  }

private:
  std::mt19937_64 bits;
};

} // namespace

Matrix::Matrix(int64_t inputs, int64_t outputs, std::vector<float> values)
    : inputCount(inputs), outputCount(outputs), values(std::move(values)) {
  if (outputs % panelWidth != 0)
    throw std::invalid_argument("a matrix of the model has " + std::to_string(outputs) +
                                " outputs; choose sizes that make it a multiple of " + std::to_string(panelWidth));
}

Model::Model(const ModelConfig &config, uint64_t seed) : config(config) {
  // A gain above 1 gives scores q·k/sqrt(headDim) a standard deviation above 2, so that attention attends to some keys
  // more than to others. The hidden values of SwiGLU have a variance of about a third, which downGain makes up for.
  const double queryGain = 1.5, outputGain = 1.0, downGain = 2.0, normDeviation = 0.1;
  Generator generator(seed);
  // A residual stream in which the embedding is small beside what the layers add: with tied embeddings, a model without
  // training would otherwise repeat the last token forever.
  embedding = generator.matrix(config.width, config.vocabulary, 1);
  for (int64_t i = 0; i < config.layers; ++i) {
    LayerWeights layer;
    layer.attentionNorm = generator.draw(config.width, 1, normDeviation);
    layer.queryKeyValue = generator.matrix(config.width, config.queryWidth() + 2 * config.kvWidth(), queryGain);
    layer.attentionOutput = generator.matrix(config.queryWidth(), config.width, outputGain);
    layer.mlpNorm = generator.draw(config.width, 1, normDeviation);
    layer.gateUp = generator.matrix(config.width, 2 * config.hidden, 1);
    layer.down = generator.matrix(config.hidden, config.width, downGain);
    layers.push_back(std::move(layer));
  }
  outputNorm = generator.draw(config.width, 1, normDeviation);
}

} // namespace engine
