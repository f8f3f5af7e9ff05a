// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber_update_key_norms: bounds that hold and are tight, for keys that are appended to a cache.
#include "camber/Harness/Tensor.h"
#include "camber/Runtime/abi.h"
#include "camber/Runtime/runtime.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace camber;
using namespace camber::harness;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity(), kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr int64_t kHeads = 2, kKeys = 200, kDim = 16, kBlocks = 4;

struct Cache {
  explicit Cache(Element element = Element::F32) : keys(element, {kHeads, kKeys, kDim}), norms(kHeads * kBlocks, kNaN) {
    std::mt19937 random(1);
    std::normal_distribution<double> normal;
    for (int64_t i = 0; i < keys.size(); ++i)
      keys.set(i, normal(random));
  }
  camber_key_cache view() {
    const camber_element element = elementCode(keys.element);
    return {keys.bytes.data(), element, kHeads, kDim, kKeys * kDim, kDim, norms.data(), kBlocks};
  }
  camber_status update(int64_t begin, int64_t end) {
    const camber_key_cache cache = view();
    return camber_update_key_norms(&cache, begin, end);
  }
  /// What kernels rely on, exactly.
  double least(int64_t head, int64_t key) const {
    double squares = kDim * 0x1p-126;
    for (int64_t d = 0; d < kDim; ++d) {
      const double x = keys.get((head * kKeys + key) * kDim + d);
      squares += x * x;
    }
    return std::sqrt(squares);
  }
  double least(int64_t head, int64_t begin, int64_t end) const {
    double largest = 0;
    for (int64_t key = begin; key < end; ++key)
      largest = std::max(largest, least(head, key));
    return largest;
  }

  Tensor keys;
  std::vector<float> norms;
};

TEST(KeyNorms, BoundTheNormsOfEachBlock) {
  for (Element element : {Element::F32, Element::F16, Element::BF16}) {
    Cache cache(element);
    ASSERT_EQ(cache.update(0, kKeys), CAMBER_OK);
    for (int64_t head = 0; head < kHeads; ++head)
      for (int64_t block = 0; block < kBlocks; ++block) {
        const double norm = cache.least(head, block * 64, std::min(kKeys, block * 64 + 64));
        EXPECT_GE(cache.norms[head * kBlocks + block], norm * (1 + 0.99e-5));
        EXPECT_LE(cache.norms[head * kBlocks + block], norm * (1 + 1.02e-5));
      }
  }
}

TEST(KeyNorms, KeysThatAreAppendedRaiseTheirBlock) {
  Cache whole, parts;
  ASSERT_EQ(whole.update(0, kKeys), CAMBER_OK);
  for (int64_t begin = 0; begin < kKeys; begin += 7)
    ASSERT_EQ(parts.update(begin, std::min(kKeys, begin + 7)), CAMBER_OK);
  EXPECT_EQ(whole.norms, parts.norms);
  // A cache that starts over needs no clearing.
  whole.norms.assign(kHeads * kBlocks, 1e30f);
  ASSERT_EQ(whole.update(0, kKeys), CAMBER_OK);
  EXPECT_EQ(whole.norms, parts.norms);
  // What was there stays covered.
  const float before = parts.norms[0];
  parts.keys.set(10 * kDim, 1e-3);
  ASSERT_EQ(parts.update(10, 11), CAMBER_OK);
  EXPECT_EQ(parts.norms[0], before);
}

TEST(KeyNorms, NothingElseIsReadOrWritten) {
  Cache cache;
  for (int64_t head = 0; head < kHeads; ++head)
    for (int64_t key = 0; key < kKeys; ++key)
      for (int64_t d = 0; d < kDim && (key < 70 || key >= 130); ++d)
        cache.keys.set((head * kKeys + key) * kDim + d, kInfinity);
  cache.norms.assign(kHeads * kBlocks, 0.5f);
  ASSERT_EQ(cache.update(70, 130), CAMBER_OK);
  for (int64_t head = 0; head < kHeads; ++head) {
    const float *norms = &cache.norms[head * kBlocks];
    EXPECT_EQ(norms[0], 0.5f);
    EXPECT_NEAR(norms[1], cache.least(head, 70, 128), 1e-3);
    EXPECT_NEAR(norms[2], cache.least(head, 128, 130), 1e-3);
    EXPECT_EQ(norms[3], 0.5f);
  }
  const std::vector<float> before = cache.norms;
  ASSERT_EQ(cache.update(70, 70), CAMBER_OK);
  EXPECT_EQ(cache.norms, before);
}

TEST(KeyNorms, WhatIsNotFiniteKeepsKeysFromBeingSkipped) {
  for (float special : {kNaN, kInfinity, -kInfinity}) {
    for (Element element : {Element::F32, Element::F16, Element::BF16}) {
      Cache cache(element);
      cache.keys.set(5 * kDim + 3, special);
      ASSERT_EQ(cache.update(0, kKeys), CAMBER_OK);
      EXPECT_EQ(cache.norms[0], kInfinity);
      EXPECT_TRUE(std::isfinite(cache.norms[1]));
      // The next key does not hide it.
      ASSERT_EQ(cache.update(6, 7), CAMBER_OK);
      EXPECT_EQ(cache.norms[0], kInfinity);
    }
  }
  Cache large;
  large.keys.set(0, 3e38);
  ASSERT_EQ(large.update(0, 64), CAMBER_OK);
  EXPECT_GE(large.norms[0], 3e38f);
}

TEST(KeyNorms, SmallHalvesCount) {
  Cache cache(Element::F16);
  for (int64_t i = 0; i < cache.keys.size(); ++i)
    cache.keys.set(i, 0x1p-24); // the least subnormal
  ASSERT_EQ(cache.update(0, kKeys), CAMBER_OK);
  EXPECT_NEAR(cache.norms[0], 4 * 0x1p-24, 0x1p-38);
}

TEST(KeyNorms, MistakesAreRefused) {
  EXPECT_EQ(camber_update_key_norms(nullptr, 0, 0), CAMBER_ERROR_NULL_ARGS);
  Cache cache;
  EXPECT_EQ(cache.update(-1, 4), CAMBER_ERROR_KEY_RANGE);
  EXPECT_EQ(cache.update(4, 3), CAMBER_ERROR_KEY_RANGE);
  auto refusal = [&](auto edit) {
    camber_key_cache view = cache.view();
    edit(view);
    return camber_update_key_norms(&view, 0, kKeys);
  };
  EXPECT_EQ(refusal([](auto &c) { c.keys = nullptr; }), CAMBER_ERROR_NULL_ARGS);
  EXPECT_EQ(refusal([](auto &c) { c.norms = nullptr; }), CAMBER_ERROR_NULL_ARGS);
  EXPECT_EQ(refusal([](auto &c) { c.element = static_cast<camber_element>(3); }), CAMBER_ERROR_STRIDE);
  EXPECT_EQ(refusal([](auto &c) { c.kv_heads = -1; }), CAMBER_ERROR_STRIDE);
  EXPECT_EQ(refusal([](auto &c) { c.head_dim = -1; }), CAMBER_ERROR_STRIDE);
  EXPECT_EQ(refusal([](auto &c) { c.head_stride = -1; }), CAMBER_ERROR_STRIDE);
  EXPECT_EQ(refusal([](auto &c) { c.key_stride = -1; }), CAMBER_ERROR_STRIDE);
  EXPECT_EQ(refusal([](auto &c) { c.norms_head_stride = kBlocks - 1; }), CAMBER_ERROR_STRIDE);
  EXPECT_EQ(refusal([](auto &c) { c.kv_heads = 0, c.keys = nullptr, c.norms = nullptr; }), CAMBER_OK);
  for (float norm : cache.norms)
    EXPECT_TRUE(std::isnan(norm));
}

} // namespace
