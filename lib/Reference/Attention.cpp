// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// softmax(scores) · v for a list of rows: three plain passes over a row's keys, blocked so that large cases take
// seconds.
#include "Masks.h"
#include "Rounding.h"
#include "ScoreProgram.h"
#include "camber/Reference/Reference.h"
#include "camber/Runtime/Threads.h"
#include "camber/Support/Clones.h"
#include <algorithm>
#include <atomic>
#include <limits>
#include <type_traits>

// The two inner loops are compiled for wider vectors, too.
#define CAMBER_WIDE_CLONES CAMBER_CLONES("avx512f", "avx2", "default")

namespace camber {
namespace {

constexpr int64_t kKeyBlock = 64;  // keys whose products with a query are formed together
constexpr int64_t kSumBlock = 256; // keys whose contributions to o are summed before they join the total

/// scores[j] = Σ_d q[d] · keys[d][j] for kKeyBlock keys.
template <typename Real> inline void dotBody(const Real *q, const Real *keys, Real *scores, int64_t headDim) {
  for (int64_t j = 0; j < kKeyBlock; ++j)
    scores[j] = 0;
  for (int64_t d = 0; d < headDim; ++d)
    for (int64_t j = 0; j < kKeyBlock; ++j)
      scores[j] += q[d] * keys[d * kKeyBlock + j];
}
CAMBER_WIDE_CLONES void dot(const double *q, const double *keys, double *scores, int64_t headDim) {
  dotBody(q, keys, scores, headDim);
}
CAMBER_WIDE_CLONES void dot(const float *q, const float *keys, float *scores, int64_t headDim) {
  dotBody(q, keys, scores, headDim);
}

/// sum[d] += p · v[d].
CAMBER_WIDE_CLONES void accumulate(double p, const double *v, double *sum, int64_t headDim) {
  for (int64_t d = 0; d < headDim; ++d)
    sum[d] += p * v[d];
}
CAMBER_WIDE_CLONES void accumulate(float p, const float *v, float *sum, int64_t headDim) {
  for (int64_t d = 0; d < headDim; ++d)
    sum[d] += p * v[d];
}

/// Rows of one batch and kv head, which read the same keys.
struct Chunk {
  std::vector<size_t> rows; // indices into the caller's list
};

std::vector<Chunk> makeChunks(const Problem &problem, const std::vector<Row> &rows) {
  const int64_t group = problem.kernel->heads / problem.kernel->kvHeads;
  std::map<std::pair<int64_t, int64_t>, std::vector<size_t>> byKeys;
  for (size_t r = 0; r < rows.size(); ++r)
    byKeys[{rows[r].batch, rows[r].head / group}].push_back(r);
  // The scores of a chunk are in memory together: at most 2^22 of them, but at least one row.
  const size_t limit =
      static_cast<size_t>(std::clamp<int64_t>((1 << 22) / std::max<int64_t>(problem.sizes.kvLen, 1), 1, 32));
  std::vector<Chunk> chunks;
  for (const auto &[key, list] : byKeys)
    for (size_t first = 0; first < list.size(); first += limit)
      chunks.push_back({{list.begin() + first, list.begin() + std::min(list.size(), first + limit)}});
  return chunks;
}

template <typename Real> class Evaluation {
public:
  Evaluation(const Problem &problem, const MaskSet &masks, const ScoreProgram<Real> &program,
             const std::vector<Row> &rows, RowResults &results)
      : problem(problem), kernel(*problem.kernel), masks(masks), program(program), rows(rows), results(results),
        query(*findView(problem, Role::Query)), key(*findView(problem, Role::Key)),
        value(*findView(problem, Role::Value)), sink(findView(problem, Role::Sink)) {}

  void run(const Chunk &chunk) const {
    const int64_t batch = rows[chunk.rows[0]].batch;
    const int64_t kvHead = rows[chunk.rows[0]].head / (kernel.heads / kernel.kvHeads);
    // The keys that at least one row sees; nothing outside them is touched.
    int64_t begin = problem.sizes.kvLen, end = 0;
    for (size_t r : chunk.rows) {
      auto sees = [&](int64_t j) { return masks.visible(batch, rows[r].head, rows[r].query, j); };
      int64_t first = 0, last = problem.sizes.kvLen;
      while (first < begin && !sees(first))
        ++first;
      while (last > end && last > first && !sees(last - 1))
        --last;
      begin = std::min(begin, first);
      end = std::max(end, last);
    }
    end = std::max(begin, end);

    const int64_t keys = end - begin, padded = (keys + kKeyBlock - 1) / kKeyBlock * kKeyBlock;
    std::vector<Real> scores(chunk.rows.size() * padded);
    Squares squares;
    multiplyKeys(chunk, batch, kvHead, begin, keys, padded, scores, squares);
    std::vector<int64_t> indices(keys), positions(keys);
    for (int64_t j = 0; j < keys; ++j) {
      indices[j] = begin + j;
      positions[j] = masks.keyPosition(batch, begin + j);
    }
    Frame<Real> frame;
    std::vector<Real> sums(chunk.rows.size());
    std::vector<double> variances(kModelsRounding ? scores.size() : 0); // of the scores, times their squared weights
    for (size_t c = 0; c < chunk.rows.size(); ++c)
      sums[c] = softmax(chunk.rows[c], indices, positions, scores.data() + c * padded, frame, squares.queries[c],
                        squares.keys, kModelsRounding ? variances.data() + c * padded : nullptr);
    multiplyValues(chunk, batch, kvHead, begin, keys, padded, scores, sums, variances);
  }

private:
  /// |q|² of the rows of a chunk and |k|² of its keys.
  struct Squares {
    std::vector<double> queries, keys;
  };
  /// Only the exact evaluation knows what a rounding error is measured from.
  static constexpr bool kModelsRounding = std::is_same_v<Real, double>;

  void multiplyKeys(const Chunk &chunk, int64_t batch, int64_t kvHead, int64_t begin, int64_t keys, int64_t padded,
                    std::vector<Real> &scores, Squares &squares) const {
    const int64_t headDim = kernel.headDim;
    squares.queries.assign(chunk.rows.size(), 0);
    squares.keys.assign(padded, 0);
    std::vector<Real> block(headDim * kKeyBlock), q(chunk.rows.size() * headDim);
    for (size_t c = 0; c < chunk.rows.size(); ++c)
      for (int64_t d = 0; d < headDim; ++d)
        q[c * headDim + d] =
            Real(query.at(query.offset(batch, rows[chunk.rows[c]].head, rows[chunk.rows[c]].query, d)));
    if (kModelsRounding)
      for (size_t i = 0; i < q.size(); ++i)
        squares.queries[i / headDim] += q[i] * q[i];
    for (int64_t first = 0; first < keys; first += kKeyBlock) {
      for (int64_t j = 0; j < kKeyBlock; ++j)
        for (int64_t d = 0; d < headDim; ++d)
          block[d * kKeyBlock + j] =
              first + j < keys ? Real(key.at(key.offset(batch, kvHead, begin + first + j, d))) : 0;
      if (kModelsRounding)
        for (size_t i = 0; i < block.size(); ++i)
          squares.keys[first + i % kKeyBlock] += block[i] * block[i];
      for (size_t c = 0; c < chunk.rows.size(); ++c)
        dot(&q[c * headDim], block.data(), &scores[c * padded + first], headDim);
    }
  }

  /// The variances of a row's scores in float32: what becomes of the products' when the score program runs on them, and
  /// a few roundings of each value that scale, softcap and bias give a score on its way. `products` is used up.
  void modelScores(const Row &row, const std::vector<int64_t> &indices, const std::vector<int64_t> &positions,
                   Real *products, const Real *scores, Frame<Real> &frame, double querySquare,
                   const std::vector<double> &keySquares, double *variances) const {
    constexpr double roundings = 6; // scale, bias and factor, their sum, the maximum's, log2(e)
    for (size_t j = 0; j < positions.size(); ++j) {
      const double magnitude = program.magnitude(frame, j, scores[j]);
      variances[j] = roundings / 3 * kUnit * kUnit * magnitude * magnitude;
      double deviation = std::sqrt(productVariance(products[j], querySquare, keySquares[j], kernel.headDim));
      if (problem.truncatedSums)
        deviation = std::max(deviation, truncation(products[j], querySquare, keySquares[j], kernel.headDim));
      products[j] += deviation;
    }
    program.evaluate(row, masks.queryPosition(row.batch, row.query), indices, positions, products, frame);
    for (size_t j = 0; j < positions.size(); ++j)
      variances[j] += (products[j] - scores[j]) * (products[j] - scores[j]);
  }

  /// Turns the products of a row into probabilities times their sum, which is returned; 0 where nothing is visible.
  Real softmax(size_t r, const std::vector<int64_t> &indices, const std::vector<int64_t> &positions, Real *scores,
               Frame<Real> &frame, double querySquare, const std::vector<double> &keySquares, double *variances) const {
    constexpr Real hidden = -std::numeric_limits<Real>::infinity();
    const Row &row = rows[r];
    std::vector<Real> products(scores, scores + (kModelsRounding ? positions.size() : 0));
    program.evaluate(row, masks.queryPosition(row.batch, row.query), indices, positions, scores, frame);
    if (kModelsRounding)
      modelScores(row, indices, positions, products.data(), scores, frame, querySquare, keySquares, variances);
    Real largest = hidden;
    bool any = false;
    for (size_t j = 0; j < positions.size(); ++j) {
      if (!masks.visible(row.batch, row.head, row.query, indices[j]))
        scores[j] = hidden;
      any |= scores[j] != hidden; // a NaN counts: it must reach the output
      if (scores[j] > largest)
        largest = scores[j];
    }
    results.maxScore[r] = largest;
    const Real sinkLogit = sink ? Real(sink->at(sink->offset(row.head))) : hidden;
    if (sinkLogit > largest)
      largest = sinkLogit;
    if (!any && !(sinkLogit > hidden || sinkLogit != sinkLogit)) {
      results.lse[r] = hidden;
      return 0;
    }
    Real sum = sink ? std::exp(sinkLogit - largest) : 0, block = 0;
    for (size_t j = 0; j < positions.size(); ++j) {
      scores[j] = scores[j] == hidden ? 0 : std::exp(scores[j] - largest);
      block += scores[j];
      if (j % kSumBlock == kSumBlock - 1 || j + 1 == positions.size()) {
        sum += block;
        block = 0;
      }
    }
    results.lse[r] = largest + std::log(sum);
    if (kModelsRounding) {
      double deviation = 0; // equal keys have equal errors, which do not average out
      for (size_t j = 0; j < positions.size(); ++j) {
        const double p = scores[j] / sum, weighted = p * p * variances[j];
        variances[j] = std::isfinite(weighted) ? weighted : 0;
        deviation += std::sqrt(variances[j]);
      }
      results.lseDeviation[r] = deviation;
    }
    return sum;
  }

  void multiplyValues(const Chunk &chunk, int64_t batch, int64_t kvHead, int64_t begin, int64_t keys, int64_t padded,
                      const std::vector<Real> &scores, const std::vector<Real> &sums,
                      const std::vector<double> &variances) const {
    const int64_t headDim = kernel.headDim;
    std::vector<Real> block(kSumBlock * headDim), partial(headDim), total(chunk.rows.size() * headDim);
    // Σ w · (v - o)² = Σ w · v² - 2 · o · Σ w · v + o² · Σ w, with w a score's variance times its squared weight.
    std::vector<double> squares(kModelsRounding ? total.size() : 0), products(squares.size()),
        weights(chunk.rows.size());
    for (int64_t first = 0; first < keys; first += kSumBlock) {
      const int64_t count = std::min(kSumBlock, keys - first);
      for (int64_t j = 0; j < count; ++j)
        for (int64_t d = 0; d < headDim; ++d)
          block[j * headDim + d] = Real(value.at(value.offset(batch, kvHead, begin + first + j, d)));
      for (size_t c = 0; c < chunk.rows.size(); ++c) {
        std::fill(partial.begin(), partial.end(), Real(0));
        for (int64_t j = 0; j < count; ++j)
          // A hidden pair has weight 0 and must not turn a non-finite v into NaN.
          if (const Real p = scores[c * padded + first + j]; p != 0)
            accumulate(p, &block[j * headDim], partial.data(), headDim);
        for (int64_t d = 0; d < headDim; ++d)
          total[c * headDim + d] += partial[d];
        // Where weights are small, errors average out.
        if (kModelsRounding && sums[c] > 0)
          for (int64_t j = 0; j < count; ++j)
            if (const double w = variances[c * padded + first + j];
                w > 0 && scores[c * padded + first + j] > sums[c] / 256) {
              weights[c] += w;
              for (int64_t d = 0; d < headDim; ++d) {
                const double v = block[j * headDim + d];
                products[c * headDim + d] += w * v;
                squares[c * headDim + d] += w * v * v;
              }
            }
      }
    }
    for (size_t c = 0; c < chunk.rows.size(); ++c)
      for (int64_t d = 0; d < headDim; ++d) {
        const Real sum = sums[c];
        const double o = sum == 0 ? 0.0 : double(total[c * headDim + d] / sum);
        results.o[chunk.rows[c] * headDim + d] = std::is_same_v<Real, float> ? roundTo(kernel.storage, o) : o;
        if (kModelsRounding) {
          const size_t i = c * headDim + d;
          // The sums of weights and of weighted values grow over a tile of 64 keys: Σ (n/64)² = 21.5 squared roundings.
          constexpr double roundings = 2 * 21.5 + 2;
          const double variance =
              squares[i] - 2 * o * products[i] + o * o * weights[c] + roundings / 3 * kUnit * kUnit * o * o;
          double &deviation = results.outputDeviation[chunk.rows[c]];
          if (variance > deviation * deviation) // false for NaN
            deviation = std::sqrt(variance);
        }
      }
  }

  const Problem &problem;
  const Kernel &kernel;
  const MaskSet &masks;
  const ScoreProgram<Real> &program;
  const std::vector<Row> &rows;
  RowResults &results;
  const View &query, &key, &value;
  const View *sink;
};

template <typename Real>
Result<RowResults> evaluateAs(const Problem &problem, const std::vector<Row> &rows, int threads) {
  Result<MaskSet> masks = MaskSet::build(problem);
  if (!masks)
    return Failure{masks.error()};
  Result<ScoreProgram<Real>> program = ScoreProgram<Real>::build(problem);
  if (!program)
    return Failure{program.error()};
  RowResults results;
  results.o.resize(rows.size() * problem.kernel->headDim);
  results.lse.resize(rows.size());
  results.maxScore.resize(rows.size());
  results.outputDeviation.resize(rows.size());
  results.lseDeviation.resize(rows.size());
  const std::vector<Chunk> chunks = makeChunks(problem, rows);
  const Evaluation<Real> evaluation(problem, *masks, *program, rows, results);
  std::atomic<size_t> next{0};
  runOnThreads(std::min<int64_t>(threads, chunks.size()), [&](int64_t) {
    for (size_t chunk = next++; chunk < chunks.size(); chunk = next++)
      evaluation.run(chunks[chunk]);
  });
  return results;
}

} // namespace

std::vector<Row> allRows(const Kernel &kernel, const Sizes &sizes) {
  std::vector<Row> rows;
  for (int64_t b = 0; b < sizes.batch; ++b)
    for (int64_t h = 0; h < kernel.heads; ++h)
      for (int64_t i = 0; i < sizes.qLen; ++i)
        rows.push_back({b, h, i});
  return rows;
}

Result<RowResults> evaluate(const Problem &problem, const std::vector<Row> &rows, Arithmetic arithmetic, int threads) {
  for (const Operand &operand : problem.kernel->operands) {
    auto it = problem.operands.find(operand.name);
    if (isWritten(operand.role))
      continue;
    if (it == problem.operands.end())
      return Failure{"operand '" + operand.name + "' has no data"};
    if (it->second.sizes != operand.shape(problem.sizes))
      return Failure{"operand '" + operand.name + "' does not have the shape that the kernel's contract says"};
  }
  for (Role role : {Role::Query, Role::Key, Role::Value})
    if (!findView(problem, role))
      return Failure{std::string("the kernel has no operand of the role ") + roleName(role)};
  return arithmetic == Arithmetic::Float64 ? evaluateAs<double>(problem, rows, threads)
                                           : evaluateAs<float>(problem, rows, threads);
}

} // namespace camber
