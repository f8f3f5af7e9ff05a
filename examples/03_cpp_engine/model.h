// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The model: its sizes, and weights drawn from a seed.
#pragma once
#include <cstdint>
#include <vector>

namespace engine {

/// Sizes of the model. `heads` is a multiple of `kvHeads`: query head h reads key/value head h / (heads / kvHeads).
struct ModelConfig {
  int64_t layers = 4;
  int64_t width = 256; // of the residual stream
  int64_t heads = 8;
  int64_t kvHeads = 2;
  int64_t headDim = 32;
  int64_t hidden = 768; // of the MLP
  int64_t vocabulary = 256;

  int64_t queryWidth() const { return heads * headDim; }
  int64_t kvWidth() const { return kvHeads * headDim; }
};

/// A matrix [inputs, outputs] that row vectors are multiplied with from the left. It is stored as panels of 64 columns,
/// one after the other, each row-major: a product reads memory from front to back, which counts where there is one row.
class Matrix {
public:
  static constexpr int64_t panelWidth = 64;

  Matrix() = default;
  /// `values` in the order of storage. Throws std::invalid_argument where `outputs` is not a multiple of panelWidth.
  Matrix(int64_t inputs, int64_t outputs, std::vector<float> values);

  int64_t inputs() const { return inputCount; }
  int64_t outputs() const { return outputCount; }
  /// [inputs, panelWidth]: the columns from panelWidth * index.
  const float *panel(int64_t index) const { return values.data() + index * inputCount * panelWidth; }
  float at(int64_t input, int64_t output) const {
    return panel(output / panelWidth)[input * panelWidth + output % panelWidth];
  }

private:
  int64_t inputCount = 0, outputCount = 0;
  std::vector<float> values;
};

struct LayerWeights {
  std::vector<float> attentionNorm; // [width]: gains of the RMSNorm before attention
  Matrix queryKeyValue;             // [width, queryWidth + 2 kvWidth]: queries, then keys, then values
  Matrix attentionOutput;           // [queryWidth, width]
  std::vector<float> mlpNorm;       // [width]: gains of the RMSNorm before the MLP
  Matrix gateUp;                    // [width, 2 hidden]: the gate of SwiGLU, then what it multiplies
  Matrix down;                      // [hidden, width]
};

struct Model {
  ModelConfig config;
  Matrix embedding; // [width, vocabulary]: column t embeds token t; also the matrix that makes logits (tied)
  std::vector<LayerWeights> layers;
  std::vector<float> outputNorm; // [width]

  /// Weights from `seed`, the same on every platform.
  Model(const ModelConfig &config, uint64_t seed);
};

} // namespace engine
