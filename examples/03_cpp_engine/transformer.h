// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The forward pass of the decoder, and the cache of keys and values that it extends.
#pragma once
#include "attention.h"
#include "model.h"
#include "thread_pool.h"

namespace engine {

/// Keys and values of the tokens of one sequence, per layer.
class KvCache {
public:
  /// Memory for `capacity` >= 1 tokens, filled with NaN: attention that read more than there is would show.
  KvCache(const ModelConfig &config, int64_t capacity);

  int64_t capacity() const { return tokens; }
  /// Tokens in the cache.
  int64_t length() const { return used; }

  /// Throws std::length_error unless `count` more tokens fit.
  void requireRoom(int64_t count) const;
  /// Counts `count` tokens, which all layers have written, as being in the cache.
  void advance(int64_t count) { used += count; }

  /// [kvHeads, capacity, headDim] of one layer.
  float *keys(int64_t layer) { return storage.data() + 2 * layer * layerSize; }
  float *values(int64_t layer) { return storage.data() + (2 * layer + 1) * layerSize; }

private:
  int64_t tokens, used = 0;
  int64_t layerSize; // floats of the keys, and of the values, of a layer
  std::vector<float> storage;
};

/// A model at work on one sequence. The model, attention and pool must outlive it.
class Transformer {
public:
  Transformer(const Model &model, Attention &attention, ThreadPool &pool, int64_t cacheCapacity);

  /// Appends tokens, each in 0 … vocabulary-1, to the sequence: all of a prompt, or the one that was generated last.
  /// Returns logits [tokens, vocabulary]: row i is for what follows token i. Throws std::length_error, and changes
  /// nothing, if the tokens do not fit into the cache.
  std::vector<float> forward(const std::vector<int> &tokens);

  const KvCache &cache() const { return kvCache; }
  /// Time spent in attention by all calls of `forward`.
  double attentionSeconds() const { return secondsInAttention; }

private:
  void attentionLayer(int64_t layer, int64_t count, std::vector<float> &stream);
  void mlpLayer(int64_t layer, int64_t count, std::vector<float> &stream);

  const Model &model;
  Attention &attention;
  ThreadPool &pool;
  KvCache kvCache;
  double secondsInAttention = 0;
};

} // namespace engine
