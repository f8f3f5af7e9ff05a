// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Attention of one layer as ggml graphs: by ggml's own operators, as llama.cpp builds it, and by a kernel of the
// bundle.
#pragma once
#include "camber_ggml.h"
#include "ggml-backend.h"
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

enum class Bias { T5Bidirectional, T5Causal, Alibi };

/// Sequences of one length in queries, which are the last of each sequence's tokens.
struct Case {
  const char *name;
  Bias bias;
  ggml_type storage; // of the cache: f32 or f16
  int64_t heads, headDim;
  int64_t queries;
  std::vector<int64_t> used; // keys of each sequence, at most `keys`
  int64_t keys;     // that the graph's views have: llama.cpp makes them longer than what is used, to keep graphs
  int64_t capacity; // of the cache, in tokens

  int64_t batch() const { return static_cast<int64_t>(used.size()); }
  int64_t width() const { return heads * headDim; }
  /// T5 has no score scale.
  double scale() const { return bias == Bias::Alibi ? 1 / std::sqrt(static_cast<double>(headDim)) : 1; }
};

enum { kBuckets = 32, kMaxDistance = 128 }; // of T5, in kernels.yaml the defaults

/// Random numbers that the storage type can hold.
struct LayerData {
  explicit LayerData(const Case &wanted);
  std::vector<float> q;     // [batch, queries, heads, head dim]
  std::vector<float> k, v;  // [batch, keys, heads, head dim]
  std::vector<float> table; // [buckets, heads]
};

/// The bucket of T5's bias, computed in float32 as llama.cpp and transformers do.
int64_t t5Bucket(int64_t keyPosition, int64_t queryPosition, bool bidirectional);

/// Whether ggml's graph makes T5's bias matrix from the table, as llama.cpp does in every layer, or has it.
enum class BiasMatrix { Made, Kept };

struct FreeContext {
  void operator()(ggml_context *context) const { ggml_free(context); }
};
struct FreeBuffer {
  void operator()(ggml_backend_buffer_t buffer) const { ggml_backend_buffer_free(buffer); }
};

/// The inputs of graphs.
class Layer {
public:
  Layer(const Case &wanted, const LayerData &data, ggml_backend_t backend);

  /// Both add nodes to `ctx` and return the output, [head dim, heads, queries, batch] in ggml's order.
  ggml_tensor *byGgml(ggml_context *ctx, BiasMatrix matrix) const;
  ggml_tensor *byCamber(ggml_context *ctx, camber_ggml::calls &calls, int maxThreads) const;

  /// Fills what the cache holds beyond the keys that are used.
  void fillUnused(float value);

private:
  /// Where heads lie: of token t, head h at t * width + offset + h * head dim.
  struct Heads {
    ggml_tensor *tensor;
    int64_t width, offset, capacity;
  };

  ggml_tensor *view(ggml_context *ctx, const Heads &heads, int64_t tokens) const;
  void setInputs();

  const Case &wanted;
  const LayerData &data;
  std::unique_ptr<ggml_context, FreeContext> context;
  std::unique_ptr<ggml_backend_buffer, FreeBuffer> buffer;
  Heads q, k, v;
  ggml_tensor *transposedValues = nullptr; // llama.cpp's cache of values where it does not use flash attention
  ggml_tensor *mask = nullptr;             // none in an encoder
  ggml_tensor *table = nullptr, *buckets = nullptr, *biasMatrix = nullptr; // of T5
  ggml_tensor *keyBegin = nullptr, *keyEnd = nullptr;                      // of kernels on a cache
};
