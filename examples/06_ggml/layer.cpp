// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tensors of a layer's attention and the graphs on them.
#include "layer.h"
#include "ggml_attention.h"
#include <algorithm>
#include <limits>
#include <random>

LayerData::LayerData(const Case &wanted)
    : q(wanted.batch() * wanted.queries * wanted.width()), k(wanted.batch() * wanted.keys * wanted.width()), v(k),
      table(kBuckets * wanted.heads) {
  std::mt19937_64 random(1);
  const auto fill = [&](std::vector<float> &numbers, double deviation) {
    std::normal_distribution<double> normal(0, deviation);
    for (float &number : numbers) {
      number = static_cast<float>(normal(random));
      if (wanted.storage == GGML_TYPE_F16)
        number = ggml_fp16_to_fp32(ggml_fp32_to_fp16(number));
    }
  };
  // q k^T * scale has a variance of one, which is what models are initialised for.
  fill(q, 1 / (std::sqrt(static_cast<double>(wanted.headDim)) * wanted.scale()));
  fill(k, 1);
  fill(v, 1);
  fill(table, 2);
}

int64_t t5Bucket(int64_t keyPosition, int64_t queryPosition, bool bidirectional) {
  const int64_t buckets = bidirectional ? kBuckets / 2 : kBuckets, exact = buckets / 2;
  int64_t distance = keyPosition - queryPosition, side = 0;
  if (bidirectional) {
    side = distance > 0 ? buckets : 0;
    distance = std::abs(distance);
  } else {
    distance = std::max<int64_t>(-distance, 0);
  }
  if (distance < exact)
    return side + distance;
  const float ratio = std::log(static_cast<float>(distance) / static_cast<float>(exact)) /
                      std::log(static_cast<float>(kMaxDistance) / static_cast<float>(exact));
  return side + std::min(exact + static_cast<int64_t>(ratio * static_cast<float>(buckets - exact)), buckets - 1);
}

Layer::Layer(const Case &wanted, const LayerData &data, ggml_backend_t backend) : wanted(wanted), data(data) {
  context.reset(ggml_init({16 * ggml_tensor_overhead(), nullptr, /*no_alloc=*/true}));
  ggml_context *ctx = context.get();
  const int64_t width = wanted.width(), batch = wanted.batch();
  if (wanted.bias == Bias::T5Bidirectional) { // an encoder reads one projection
    ggml_tensor *projection = ggml_new_tensor_3d(ctx, GGML_TYPE_F32, 3 * width, wanted.queries, batch);
    q = {projection, 3 * width, 0, wanted.queries};
    k = {projection, 3 * width, width, wanted.queries};
    v = {projection, 3 * width, 2 * width, wanted.queries};
  } else {
    q = {ggml_new_tensor_3d(ctx, GGML_TYPE_F32, width, wanted.queries, batch), width, 0, wanted.queries};
    k = {ggml_new_tensor_3d(ctx, wanted.storage, width, wanted.capacity, batch), width, 0, wanted.capacity};
    v = {ggml_new_tensor_3d(ctx, wanted.storage, width, wanted.capacity, batch), width, 0, wanted.capacity};
    mask = ggml_new_tensor_4d(ctx, wanted.bias == Bias::Alibi ? GGML_TYPE_F16 : GGML_TYPE_F32, wanted.keys,
                              wanted.queries, 1, batch); // flash attention wants f16
    keyBegin = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, batch);
    keyEnd = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, batch);
  }
  if (wanted.bias == Bias::T5Causal)
    transposedValues = ggml_new_tensor_3d(ctx, wanted.storage, wanted.capacity, width, batch);
  if (wanted.bias != Bias::Alibi) {
    table = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, wanted.heads, kBuckets);
    buckets = ggml_new_tensor_2d(ctx, GGML_TYPE_I32, wanted.keys, wanted.queries);
    biasMatrix = ggml_new_tensor_3d(ctx, GGML_TYPE_F32, wanted.keys, wanted.queries, wanted.heads);
  }
  buffer.reset(ggml_backend_alloc_ctx_tensors(ctx, backend));
  if (!buffer)
    throw std::runtime_error("no memory for the tensors of " + std::string(wanted.name));
  setInputs();
  fillUnused(0);
}

namespace {

/// Writes numbers as the tensor's type, f32 or f16.
void set(ggml_tensor *tensor, const std::vector<float> &numbers) {
  if (tensor->type == GGML_TYPE_F32) {
    ggml_backend_tensor_set(tensor, numbers.data(), 0, numbers.size() * sizeof(float));
    return;
  }
  std::vector<ggml_fp16_t> halves(numbers.size());
  ggml_fp32_to_fp16_row(numbers.data(), halves.data(), static_cast<int64_t>(numbers.size()));
  ggml_backend_tensor_set(tensor, halves.data(), 0, halves.size() * sizeof(ggml_fp16_t));
}

void set(ggml_tensor *tensor, const std::vector<int32_t> &numbers) {
  ggml_backend_tensor_set(tensor, numbers.data(), 0, numbers.size() * sizeof(int32_t));
}

} // namespace

void Layer::setInputs() {
  const int64_t width = wanted.width();
  if (wanted.bias == Bias::T5Bidirectional) {
    std::vector<float> rows;
    for (int64_t token = 0; token < wanted.batch() * wanted.queries; ++token)
      for (const std::vector<float> *part : {&data.q, &data.k, &data.v})
        rows.insert(rows.end(), part->begin() + token * width, part->begin() + (token + 1) * width);
    set(q.tensor, rows);
  } else {
    set(q.tensor, data.q);
    set(keyBegin, std::vector<int32_t>(wanted.batch(), 0));
    set(keyEnd, std::vector<int32_t>(wanted.used.begin(), wanted.used.end()));
    std::vector<float> hidden;
    for (int64_t used : wanted.used)
      for (int64_t query = 0; query < wanted.queries; ++query)
        for (int64_t key = 0; key < wanted.keys; ++key) {
          const int64_t distance = key - (used - wanted.queries + query);
          // ggml takes ALiBi's distances from the mask.
          hidden.push_back(distance > 0                 ? -std::numeric_limits<float>::infinity()
                           : wanted.bias == Bias::Alibi ? static_cast<float>(distance)
                                                        : 0.0f);
        }
    set(mask, hidden);
  }
  if (wanted.bias != Bias::Alibi) {
    std::vector<int32_t> indices;
    for (int64_t query = 0; query < wanted.queries; ++query)
      for (int64_t key = 0; key < wanted.keys; ++key)
        indices.push_back(static_cast<int32_t>(
            t5Bucket(key, wanted.used.front() - wanted.queries + query, wanted.bias == Bias::T5Bidirectional)));
    std::vector<float> matrix;
    for (int64_t head = 0; head < wanted.heads; ++head)
      for (int32_t index : indices)
        matrix.push_back(data.table[index * wanted.heads + head]);
    set(table, data.table);
    set(buckets, indices);
    set(biasMatrix, matrix);
  }
}

void Layer::fillUnused(float value) {
  if (wanted.bias == Bias::T5Bidirectional)
    return; // there is no cache
  const int64_t width = wanted.width();
  const auto cacheOf = [&](const std::vector<float> &source) {
    std::vector<float> cache(wanted.batch() * wanted.capacity * width, value);
    for (int64_t batch = 0; batch < wanted.batch(); ++batch)
      std::copy_n(source.begin() + batch * wanted.keys * width, wanted.used[batch] * width,
                  cache.begin() + batch * wanted.capacity * width);
    return cache;
  };
  set(k.tensor, cacheOf(data.k));
  const std::vector<float> values = cacheOf(data.v);
  set(v.tensor, values);
  if (!transposedValues)
    return;
  std::vector<float> columns(values.size());
  for (int64_t batch = 0; batch < wanted.batch(); ++batch)
    for (int64_t token = 0; token < wanted.capacity; ++token)
      for (int64_t i = 0; i < width; ++i)
        columns[(batch * width + i) * wanted.capacity + token] = values[(batch * wanted.capacity + token) * width + i];
  set(transposedValues, columns);
}

ggml_tensor *Layer::view(ggml_context *ctx, const Heads &heads, int64_t tokens) const {
  const size_t bytes = ggml_type_size(heads.tensor->type);
  ggml_tensor *rows =
      ggml_view_4d(ctx, heads.tensor, wanted.headDim, wanted.heads, tokens, wanted.batch(), wanted.headDim * bytes,
                   heads.width * bytes, heads.capacity * heads.width * bytes, heads.offset * bytes);
  return ggml_permute(ctx, rows, 0, 2, 1, 3);
}

// As llama_graph's build_attn_mha and build_pos_bias.
ggml_tensor *Layer::byGgml(ggml_context *ctx, BiasMatrix matrix) const {
  ggml_tensor *queries = view(ctx, q, wanted.queries), *keys = view(ctx, k, wanted.keys);
  if (wanted.bias == Bias::Alibi) {
    ggml_tensor *result = ggml_flash_attn_ext(ctx, queries, keys, view(ctx, v, wanted.keys), mask,
                                              static_cast<float>(wanted.scale()), /*max_bias=*/8, /*logit_softcap=*/0);
    ggml_flash_attn_ext_set_prec(result, GGML_PREC_F32);
    return result;
  }

  // Flash attention takes no bias.
  ggml_tensor *bias = biasMatrix;
  if (matrix == BiasMatrix::Made) {
    bias = ggml_get_rows(ctx, table, ggml_reshape_1d(ctx, buckets, wanted.keys * wanted.queries));
    bias = ggml_reshape_3d(ctx, bias, wanted.heads, wanted.keys, wanted.queries);
    bias = ggml_cont(ctx, ggml_permute(ctx, bias, 2, 0, 1, 3));
  }
  ggml_tensor *scores = ggml_mul_mat(ctx, keys, queries);
  ggml_mul_mat_set_prec(scores, GGML_PREC_F32);
  scores = ggml_soft_max_ext(ctx, ggml_add(ctx, scores, bias), mask, static_cast<float>(wanted.scale()), 0);
  ggml_tensor *values;
  if (transposedValues) {
    const size_t row = wanted.capacity * ggml_type_size(transposedValues->type);
    values = ggml_view_4d(ctx, transposedValues, wanted.keys, wanted.headDim, wanted.heads, wanted.batch(), row,
                          wanted.headDim * row, wanted.width() * row, 0);
  } else {
    values = ggml_cont(ctx, ggml_transpose(ctx, view(ctx, v, wanted.keys)));
  }
  return ggml_cont(ctx, ggml_permute(ctx, ggml_mul_mat(ctx, values, scores), 0, 2, 1, 3));
}

ggml_tensor *Layer::byCamber(ggml_context *ctx, camber_ggml::calls &calls, int maxThreads) const {
  ggml_tensor *queries = view(ctx, q, wanted.queries), *keys = view(ctx, k, wanted.keys);
  ggml_tensor *values = view(ctx, v, wanted.keys);
  const std::vector<int64_t> perSequence = {wanted.batch()}, tableSizes = {kBuckets, wanted.heads};
  switch (wanted.bias) {
  case Bias::T5Bidirectional:
    return camber_ggml::attention(ctx, calls, CAMBER_GGML_KERNEL(t5_encoder), queries, keys, values,
                                  {{"table", &t5_encoder_args::table, table, GGML_TYPE_F32, tableSizes}}, maxThreads);
  case Bias::T5Causal:
    return camber_ggml::attention(ctx, calls, CAMBER_GGML_KERNEL(t5_decoder), queries, keys, values,
                                  {{"table", &t5_decoder_args::table, table, GGML_TYPE_F32, tableSizes},
                                   {"key_begin", &t5_decoder_args::key_begin, keyBegin, GGML_TYPE_I32, perSequence},
                                   {"key_end", &t5_decoder_args::key_end, keyEnd, GGML_TYPE_I32, perSequence}},
                                  maxThreads);
  default:
    return camber_ggml::attention(ctx, calls, CAMBER_GGML_KERNEL(alibi), queries, keys, values,
                                  {{"key_begin", &alibi_args::key_begin, keyBegin, GGML_TYPE_I32, perSequence},
                                   {"key_end", &alibi_args::key_end, keyEnd, GGML_TYPE_I32, perSequence}},
                                  maxThreads);
  }
}
