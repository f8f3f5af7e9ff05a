// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Generators of inputs.
#include "camber/Harness/InputSets.h"
#include "camber/Reference/Parts.h"
#include "camber/Runtime/Threads.h"
#include "camber/Runtime/runtime.h"
#include <algorithm>
#include <atomic>
#include <cmath>

namespace camber::harness {

const std::vector<InputSet> &allInputSets() {
  static const std::vector<InputSet> sets = {InputSet::Normal,   InputSet::Times12,   InputSet::EqualKeys,
                                             InputSet::Outliers, InputSet::ConstantV, InputSet::Adversarial};
  return sets;
}

const char *inputSetName(InputSet set) {
  static const char *const names[] = {"normal",     "times12",     "equal_keys", "outliers",
                                      "constant_v", "adversarial", "hidden"};
  return names[static_cast<int>(set)];
}

std::optional<InputSet> findInputSet(const std::string &name) {
  std::vector<InputSet> sets = allInputSets();
  sets.push_back(InputSet::Hidden);
  for (InputSet set : sets)
    if (name == inputSetName(set))
      return set;
  return std::nullopt;
}

std::string inputSetNames() {
  std::string names;
  for (InputSet set : allInputSets())
    names += std::string(inputSetName(set)) + ", ";
  return names + inputSetName(InputSet::Hidden);
}

namespace {

/// SplitMix64 (Steele, Lea, Flood 2014): one stream per slice, so that slices may be made in parallel.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t bits() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  double uniform() { return (bits() >> 11) * 0x1p-53; } ///< in [0, 1)
  /// Box–Muller, both halves used.
  double normal() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    const double radius = std::sqrt(-2 * std::log(1 - uniform())), angle = 6.283185307179586 * uniform();
    spare = radius * std::sin(angle);
    hasSpare = true;
    return radius * std::cos(angle);
  }

private:
  uint64_t state;
  double spare = 0;
  bool hasSpare = false;
};

uint64_t streamOf(uint64_t seed, size_t operand, int64_t slice) {
  Random mix(seed * 1000003 + operand);
  return mix.bits() + static_cast<uint64_t>(slice) * 0x632be59bd9b4e019;
}

/// What attn.scale multiplies q·k by before anything else happens; 1 where nothing does.
double leadingScale(const Kernel &kernel) {
  double scale = 1;
  const std::vector<bool> used = usedScores(kernel);
  for (size_t n = 0; n < used.size(); ++n)
    if (const ScoreNode &node = kernel.scores[n]; used[n] && node.op == "attn.scale")
      scale *= realAttribute(node.attrs, "factor").value_or(1);
  return scale == 0 || !std::isfinite(scale) ? 1 : scale;
}

/// Fills the [rows, head_dim] matrix of one (batch, head).
using SliceFiller = std::function<void(Random &random, std::vector<double> &matrix)>;

void fillSlices(Tensor &tensor, int64_t sliceSize, uint64_t seed, size_t operand, int threads,
                const SliceFiller &fill) {
  const int64_t slices = sliceSize == 0 ? 0 : tensor.size() / sliceSize;
  std::atomic<int64_t> next{0};
  runOnThreads(std::min<int64_t>(threads, slices), [&](int64_t) {
    std::vector<double> matrix(sliceSize);
    for (int64_t slice = next++; slice < slices; slice = next++) {
      Random random(streamOf(seed, operand, slice));
      fill(random, matrix);
      for (int64_t i = 0; i < sliceSize; ++i)
        tensor.set(slice * sliceSize + i, matrix[i]);
    }
  });
}

/// q, k and v. `width` is the head dimension.
SliceFiller dataFiller(Role role, InputSet set, int64_t width, double queryScale) {
  return [=](Random &random, std::vector<double> &matrix) {
    const int64_t rows = static_cast<int64_t>(matrix.size()) / width;
    for (double &value : matrix)
      value = random.normal();
    if (role == Role::Query) {
      const double factor = queryScale * (set == InputSet::Times12 ? 12 : 1);
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t d = 0; d < width; ++d) {
          // All queries of the adversarial set lean towards (1, 1, …), its far keys do so strongly.
          double &value = matrix[i * width + d];
          value = factor * (set == InputSet::Adversarial ? 0.5 * value + 0.5 : value);
        }
    }
    if (set == InputSet::EqualKeys && role == Role::Key)
      for (int64_t j = 1; j < rows; ++j)
        std::copy_n(matrix.begin(), width, matrix.begin() + j * width);
    if (set == InputSet::ConstantV && role == Role::Value)
      for (int64_t j = 1; j < rows; ++j)
        std::copy_n(matrix.begin(), width, matrix.begin() + j * width);
    if (set == InputSet::Outliers && role != Role::Query)
      for (int64_t j = 0; j < rows; ++j)
        if (random.bits() % 64 == 0)
          for (int64_t d = 0; d < width; ++d)
            matrix[j * width + d] *= role == Role::Key ? 8 : 50;
    if (set == InputSet::Adversarial && role == Role::Key)
      for (int64_t j = 0; j < rows; ++j) {
        const bool far = j < std::max<int64_t>(rows / 32, 1);
        for (int64_t d = 0; d < width; ++d)
          matrix[j * width + d] = far ? 6 + matrix[j * width + d] : 0.25 * matrix[j * width + d];
      }
  };
}

void fillParameter(Tensor &tensor, const Kernel &kernel, const std::string &name, const Sizes &sizes, uint64_t seed,
                   size_t operand) {
  Random random(streamOf(seed, operand, 0));
  const int64_t heads = tensor.shape.empty() ? 1 : std::max<int64_t>(tensor.shape.back(), 1);
  for (int64_t i = 0; i < tensor.size(); ++i) {
    const std::optional<double> drawn = drawParameter(
        kernel, name, i, heads, sizes, [&] { return random.uniform(); }, [&] { return random.normal(); });
    if (drawn)
      tensor.set(i, *drawn);
    else if (tensor.element == Element::I32)
      tensor.set(i, double(random.bits() % 16));
    else // positive, so that logarithms and powers of it exist
      tensor.set(i, 0.1 + 0.9 * random.uniform());
  }
}

/// Positions, ranges and segments.
void fillIndices(Tensor &tensor, const Operand &operand, const Kernel &kernel, const Sizes &sizes) {
  const bool hasBegin = kernel.find(Role::KeyBegin), hasEnd = kernel.find(Role::KeyEnd);
  const int64_t length = sizes.kvLen, columns = tensor.shape.size() == 2 ? tensor.shape[1] : 1;
  for (int64_t i = 0; i < tensor.size(); ++i) {
    const int64_t batch = i / columns, column = i % columns;
    const bool whole = batch % 3 == 0, empty = batch % 3 == 2;
    int64_t value = 0;
    switch (operand.role) {
    case Role::KeyBegin:
      value = whole ? 0 : empty ? (hasEnd ? length / 2 : length) : length / 4;
      break;
    case Role::KeyEnd:
      value = whole ? length : empty ? (hasBegin ? length / 2 : 0) : length - length / 3;
      break;
    case Role::QueryOffset:
      value = std::max<int64_t>(length - sizes.qLen, 0) + 11 + 3 * batch;
      break;
    case Role::KeyOffset:
      value = 7 + batch % 3;
      break;
    case Role::KeySegment:
      value = length ? 4 * column / length : 0;
      break;
    case Role::QuerySegment:
      // Queries are the last ones of the sequence.
      value = length ? 4 * std::clamp<int64_t>(column + length - sizes.qLen, 0, length - 1) / length : 0;
      break;
    default:
      break;
    }
    tensor.set(i, double(value));
  }
}

/// InputSet::Hidden: of the keys that exist and that some row of a (batch, kv head) does not see, those at 2/8, 4/8 and
/// 6/8 of their number. Where the mask of a bias tells the heads of a group apart, the first is asked.
void plantHidden(const Kernel &kernel, const Sizes &sizes, Inputs &inputs) {
  Tensor &keys = inputs.at(kernel.find(Role::Key)->name), &values = inputs.at(kernel.find(Role::Value)->name);
  const Problem problem = makeProblem(kernel, sizes, inputs);
  const Result<Visibility> visibility = Visibility::create(problem);
  if (!visibility)
    return; // the evaluation says why
  const int64_t headDim = kernel.headDim, group = kernel.heads / kernel.kvHeads;
  for (int64_t b = 0; b < sizes.batch; ++b)
    for (int64_t g = 0; g < kernel.kvHeads; ++g) {
      std::vector<int64_t> candidates;
      const KeyRange range = keyRange(problem, b);
      for (int64_t j = range.begin; j < range.end; ++j) {
        bool all = true;
        for (int64_t i = 0; i < sizes.qLen && all; ++i)
          all = visibility->sees(b, g * group, i, j);
        if (!all)
          candidates.push_back(j);
      }
      if (candidates.empty())
        continue;
      auto at = [&](int64_t eighths, int64_t d) {
        const int64_t key = candidates[static_cast<int64_t>(candidates.size()) * eighths / 8];
        return ((b * kernel.kvHeads + g) * sizes.kvLen + key) * headDim + d % headDim;
      };
      values.set(at(2, g), INFINITY);
      values.set(at(4, g + 1), NAN);
      keys.set(at(6, g), NAN);
    }
}

} // namespace

Inputs generateInputs(const Kernel &kernel, const Sizes &sizes, InputSet set, uint64_t seed, int threads) {
  Inputs inputs;
  // q·k has variance head_dim; scale it and q such that modifiers after the scale see variance 1.
  const double queryScale = 1 / (std::sqrt(double(kernel.headDim)) * std::abs(leadingScale(kernel)));
  for (size_t n = 0; n < kernel.operands.size(); ++n) {
    const Operand &operand = kernel.operands[n];
    if (isWritten(operand.role))
      continue;
    Tensor tensor(operand.element, operand.shape(sizes));
    switch (operand.role) {
    case Role::Query:
    case Role::Key:
    case Role::Value:
      fillSlices(tensor, (operand.role == Role::Query ? sizes.qLen : sizes.kvLen) * kernel.headDim, seed, n, threads,
                 dataFiller(operand.role, set, kernel.headDim, queryScale));
      break;
    case Role::Sink: {
      Random random(streamOf(seed, n, 0));
      for (int64_t i = 0; i < tensor.size(); ++i)
        tensor.set(i, random.normal());
      break;
    }
    case Role::KeyNorms: // below, from the keys
      break;
    case Role::Parameter:
      fillParameter(tensor, kernel, operand.name, sizes, seed, n);
      break;
    default:
      fillIndices(tensor, operand, kernel, sizes);
    }
    inputs.emplace(operand.name, std::move(tensor));
  }
  if (set == InputSet::Hidden)
    plantHidden(kernel, sizes, inputs);
  updateKeyNorms(kernel, sizes, inputs);
  return inputs;
}

void updateKeyNorms(const Kernel &kernel, const Sizes &sizes, Inputs &inputs) {
  const Operand *operand = kernel.find(Role::KeyNorms);
  if (!operand)
    return;
  const Tensor &keys = inputs.at(kernel.find(Role::Key)->name);
  Tensor norms(operand->element, operand->shape(sizes));
  const Problem problem = makeProblem(kernel, sizes, inputs);
  const int64_t blocks = norms.shape[2], heads = kernel.kvHeads, width = elementBytes(keys.element);
  for (int64_t b = 0; b < sizes.batch; ++b) {
    const KeyRange range = keyRange(problem, b);
    if (range.begin < 0 || range.end > sizes.kvLen) // the user's, who is told elsewhere
      continue;
    camber_key_cache cache{};
    cache.keys = keys.bytes.data() + b * heads * sizes.kvLen * kernel.headDim * width;
    cache.element = elementCode(keys.element);
    cache.kv_heads = heads;
    cache.head_dim = kernel.headDim;
    cache.head_stride = sizes.kvLen * kernel.headDim;
    cache.key_stride = kernel.headDim;
    cache.norms = reinterpret_cast<float *>(norms.bytes.data()) + b * heads * blocks;
    cache.norms_head_stride = blocks;
    // In two parts, as keys are appended.
    const int64_t middle = (range.begin + std::max(range.begin, range.end)) / 2;
    camber_update_key_norms(&cache, range.begin, middle);
    camber_update_key_norms(&cache, middle, std::max(middle, range.end));
  }
  inputs[operand->name] = std::move(norms);
}

} // namespace camber::harness
