// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One template on the vector's width, compiled for each instruction set. Chunks of a row go through all steps while
// they are in registers and the first cache.
#include "SoftmaxPass.h"
#include <algorithm>
#include <limits>

namespace camber::harness {
namespace {

#define CAMBER_INLINE static inline __attribute__((always_inline))

template <int Bytes> struct Vectors {
  typedef float Real __attribute__((vector_size(Bytes)));
  typedef int32_t Bits __attribute__((vector_size(Bytes)));
  typedef float Unaligned __attribute__((vector_size(Bytes), aligned(4), may_alias));
  static constexpr int64_t kLanes = Bytes / sizeof(float);
};

constexpr int64_t kChunk = 256; // scores
constexpr float kHidden = -std::numeric_limits<float>::infinity();

// Vectors are passed by reference: by value they would have another calling convention per instruction set.
template <int B> CAMBER_INLINE void load(typename Vectors<B>::Real &vector, const float *from) {
  vector = *reinterpret_cast<const typename Vectors<B>::Unaligned *>(from);
}
template <int B> CAMBER_INLINE void store(float *to, const typename Vectors<B>::Real &vector) {
  *reinterpret_cast<typename Vectors<B>::Unaligned *>(to) = vector;
}

/// x = e^x for x ≤ 0; 0 below −87, where a kernel has flushed to zero, too. Coefficients of 2^f: Cephes, exp2f.
template <int B> CAMBER_INLINE void exponential(typename Vectors<B>::Real &x) {
  using Real = typename Vectors<B>::Real;
  using Bits = typename Vectors<B>::Bits;
  const Real scaled = x * 1.44269504088896341f;
  const Real shifted = scaled + 12582912.0f; // 1.5 · 2^23: rounds to an integer, which is then in the lowest bits
  const Real f = scaled - (shifted - 12582912.0f);
  Real p = f * 1.535336188319500e-4f + 1.339887440266574e-3f;
  p = p * f + 9.618437357674640e-3f;
  p = p * f + 5.550332471162809e-2f;
  p = p * f + 2.402264791363012e-1f;
  p = p * f + 6.931472028550421e-1f;
  p = p * f + 1.0f;
  const Bits live = scaled >= -126.0f;
  x = Real((Bits(p) + (Bits(shifted) << 23)) & live);
}

/// x = tanh(x): a polynomial near 0, where the exponentials would cancel.
template <int B> CAMBER_INLINE void hyperbolicTangent(typename Vectors<B>::Real &x) {
  using Real = typename Vectors<B>::Real;
  using Bits = typename Vectors<B>::Bits;
  const Bits sign = Bits(x) & INT32_MIN;
  const Real size = Real(Bits(x) & INT32_MAX);
  Real e = size * -2.0f;
  exponential<B>(e);
  const Real far = (1.0f - e) / (1.0f + e), square = size * size;
  // Cephes, tanhf.
  Real near = square * -5.70498872745e-3f + 2.06390887954e-2f;
  near = near * square - 5.37397155531e-2f;
  near = near * square + 1.33314422036e-1f;
  near = near * square - 3.33332819422e-1f;
  near = near * square * size + size;
  const Bits isNear = size < 0.625f;
  x = Real((((Bits(near) & isNear) | (Bits(far) & ~isNear))) | sign);
}

template <int B> CAMBER_INLINE void apply(const RowStep &step, int64_t begin, float *scores, int64_t padded) {
  typename Vectors<B>::Real score, other;
  constexpr int64_t lanes = Vectors<B>::kLanes;
  if (step.kind == RowStep::Scale) {
    for (int64_t j = 0; j < padded; j += lanes) {
      load<B>(score, scores + j);
      store<B>(scores + j, score * step.value);
    }
  } else if (step.kind == RowStep::Add) {
    for (int64_t j = 0; j < padded; j += lanes) {
      load<B>(score, scores + j);
      load<B>(other, step.addend + begin + j);
      store<B>(scores + j, score + other);
    }
  } else {
    const float inverse = 1 / step.value;
    for (int64_t j = 0; j < padded; j += lanes) {
      load<B>(score, scores + j);
      score *= inverse;
      hyperbolicTangent<B>(score);
      store<B>(scores + j, score * step.value);
    }
  }
}

template <int B> CAMBER_INLINE float pass(float *scores, int64_t keys, const std::vector<RowStep> &steps, float &max) {
  using Real = typename Vectors<B>::Real;
  constexpr int64_t lanes = Vectors<B>::kLanes;
  static_assert(kChunk % lanes == 0 && lanes <= kRowPadding);
  Real largest = Real{} + max, score;
  for (int64_t begin = 0; begin < keys; begin += kChunk) {
    const int64_t count = std::min(kChunk, keys - begin), padded = (count + lanes - 1) / lanes * lanes;
    float *chunk = scores + begin;
    for (const RowStep &step : steps)
      apply<B>(step, begin, chunk, padded);
    for (int64_t j = count; j < padded; ++j)
      chunk[j] = kHidden;
    for (int64_t j = 0; j < padded; j += lanes) {
      load<B>(score, chunk + j);
      largest = score > largest ? score : largest;
    }
  }
  for (int64_t lane = 0; lane < lanes; ++lane)
    max = largest[lane] > max ? largest[lane] : max;
  // −∞ − −∞ would be NaN.
  const Real reference = Real{} + (max == kHidden ? 0 : max);
  Real sums = {};
  for (int64_t j = 0; j < keys; j += lanes) {
    load<B>(score, scores + j);
    score -= reference;
    exponential<B>(score);
    sums += score;
    store<B>(scores + j, score);
  }
  float sum = 0;
  for (int64_t lane = 0; lane < lanes; ++lane)
    sum += sums[lane];
  return sum;
}

float passBaseline(float *scores, int64_t keys, const std::vector<RowStep> &steps, float &max) {
  return pass<16>(scores, keys, steps, max);
}
#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) float passAvx2(float *scores, int64_t keys, const std::vector<RowStep> &steps,
                                                   float &max) {
  return pass<32>(scores, keys, steps, max);
}
// GCC prefers vectors of 256 bits unless told otherwise; Clang, whose attribute has no such word, takes all 512.
#if defined(__clang__)
#define CAMBER_AVX512 __attribute__((target("avx512f,avx512dq")))
#else
#define CAMBER_AVX512 __attribute__((target("avx512f,avx512dq,prefer-vector-width=512")))
#endif
CAMBER_AVX512 float passAvx512(float *scores, int64_t keys, const std::vector<RowStep> &steps, float &max) {
  return pass<64>(scores, keys, steps, max);
}
#endif

} // namespace

SoftmaxPass chooseSoftmaxPass() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
    return passAvx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return passAvx2;
#endif
  return passBaseline;
}

} // namespace camber::harness
