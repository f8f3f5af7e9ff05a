// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// x = embedding; per layer x += attention(norm(x)), x += mlp(norm(x)); logits = norm(x) · embedding.
#include "transformer.h"
#include "matmul.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace engine {
namespace {

/// Rows of x [count, width] divided by their root mean square, times `gains` [width].
std::vector<float> rmsNorm(ThreadPool &pool, int64_t count, const std::vector<float> &gains,
                           const std::vector<float> &x) {
  const int64_t width = static_cast<int64_t>(gains.size());
  std::vector<float> result(x.size());
  pool.run(count, [&](int64_t token, int) {
    const float *in = x.data() + token * width;
    double squares = 0;
    for (int64_t i = 0; i < width; ++i)
      squares += static_cast<double>(in[i]) * in[i];
    const float factor = static_cast<float>(1 / std::sqrt(squares / static_cast<double>(width) + 1e-6));
    for (int64_t i = 0; i < width; ++i)
      result[token * width + i] = in[i] * factor * gains[i];
  });
  return result;
}

} // namespace

KvCache::KvCache(const ModelConfig &config, int64_t capacity)
    : tokens(capacity), layerSize(config.kvWidth() * capacity),
      storage(2 * config.layers * layerSize, std::numeric_limits<float>::quiet_NaN()) {}

void KvCache::requireRoom(int64_t count) const {
  if (count > tokens - used)
    throw std::length_error("the key/value cache has room for " + std::to_string(tokens) + " tokens and holds " +
                            std::to_string(used) + ": " + std::to_string(count) +
                            " more do not fit; use a larger --capacity");
}

Transformer::Transformer(const Model &model, Attention &attention, ThreadPool &pool, int64_t cacheCapacity)
    : model(model), attention(attention), pool(pool), kvCache(model.config, cacheCapacity) {}

std::vector<float> Transformer::forward(const std::vector<int> &tokens) {
  const ModelConfig &config = model.config;
  const int64_t count = static_cast<int64_t>(tokens.size());
  kvCache.requireRoom(count);
  std::vector<float> stream(count * config.width);
  for (int64_t token = 0; token < count; ++token)
    for (int64_t i = 0; i < config.width; ++i)
      stream[token * config.width + i] = model.embedding.at(i, tokens[token]);
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    attentionLayer(layer, count, stream);
    mlpLayer(layer, count, stream);
  }
  kvCache.advance(count);
  const std::vector<float> normed = rmsNorm(pool, count, model.outputNorm, stream);
  std::vector<float> logits(count * config.vocabulary);
  matmul(pool, count, normed.data(), model.embedding, logits.data(), Into::Assign);
  return logits;
}

void Transformer::attentionLayer(int64_t layer, int64_t count, std::vector<float> &stream) {
  const ModelConfig &config = model.config;
  const LayerWeights &weights = model.layers[layer];
  const int64_t rowWidth = config.queryWidth() + 2 * config.kvWidth(), begin = kvCache.length();
  const std::vector<float> normed = rmsNorm(pool, count, weights.attentionNorm, stream);
  std::vector<float> rows(count * rowWidth); // per token: queries, keys, values
  matmul(pool, count, normed.data(), weights.queryKeyValue, rows.data(), Into::Assign);

  for (int64_t token = 0; token < count; ++token)
    for (int64_t head = 0; head < config.kvHeads; ++head) {
      const float *key = rows.data() + token * rowWidth + config.queryWidth() + head * config.headDim;
      const float *value = key + config.kvWidth();
      const int64_t place = (head * kvCache.capacity() + begin + token) * config.headDim;
      std::copy_n(key, config.headDim, kvCache.keys(layer) + place);
      std::copy_n(value, config.headDim, kvCache.values(layer) + place);
    }

  std::vector<float> output(count * config.queryWidth());
  AttentionCall call;
  call.queryCount = count;
  call.keyCount = begin + count;
  call.capacity = kvCache.capacity();
  call.queryStride = rowWidth;
  call.queries = rows.data();
  call.keys = kvCache.keys(layer);
  call.values = kvCache.values(layer);
  call.output = output.data();
  const auto start = std::chrono::steady_clock::now();
  attention.run(call, pool);
  secondsInAttention += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  matmul(pool, count, output.data(), weights.attentionOutput, stream.data(), Into::Add);
}

void Transformer::mlpLayer(int64_t layer, int64_t count, std::vector<float> &stream) {
  const ModelConfig &config = model.config;
  const LayerWeights &weights = model.layers[layer];
  const std::vector<float> normed = rmsNorm(pool, count, weights.mlpNorm, stream);
  std::vector<float> gateUp(count * 2 * config.hidden), hidden(count * config.hidden);
  matmul(pool, count, normed.data(), weights.gateUp, gateUp.data(), Into::Assign);
  pool.run(count, [&](int64_t token, int) {
    const float *gate = gateUp.data() + token * 2 * config.hidden, *up = gate + config.hidden;
    for (int64_t i = 0; i < config.hidden; ++i)
      hidden[token * config.hidden + i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
  });
  matmul(pool, count, hidden.data(), weights.down, stream.data(), Into::Add);
}

} // namespace engine
