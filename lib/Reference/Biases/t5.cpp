// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// T5's bucketed relative bias. Slow and exact on purpose; kernels get their buckets from other code.
#include "../BiasOps.h"
#include "../T5Buckets.h"

namespace camber {
namespace {

/// A natural number of any size, in base 2^32, least significant digit first: just enough to compare products of
/// powers.
struct Natural {
  std::vector<uint32_t> digits{1};

  void multiply(uint64_t factor) {
    uint64_t carry = 0;
    for (uint32_t &digit : digits) {
      const uint64_t product = digit * factor + carry;
      digit = static_cast<uint32_t>(product);
      carry = product >> 32;
    }
    if (carry)
      digits.push_back(static_cast<uint32_t>(carry));
  }
  bool operator<(const Natural &other) const {
    if (digits.size() != other.digits.size())
      return digits.size() < other.digits.size();
    return std::lexicographical_compare(digits.rbegin(), digits.rend(), other.digits.rbegin(), other.digits.rend());
  }
};

/// a^n · b^m with 1 ≤ a, b < 2^32.
Natural powers(int64_t a, int64_t n, int64_t b, int64_t m) {
  Natural result;
  while (n-- > 0)
    result.multiply(static_cast<uint64_t>(a));
  while (m-- > 0)
    result.multiply(static_cast<uint64_t>(b));
  return result;
}

} // namespace

T5Buckets::T5Buckets(bool bidirectional, int64_t numBuckets, int64_t maxDistance)
    : bidirectional(bidirectional), side(bidirectional ? numBuckets / 2 : numBuckets) {
  const int64_t exact = side / 2;
  for (int64_t rel = 0; rel < exact; ++rel)
    firstRel.push_back(rel);
  // Bucket exact + t begins at the smallest rel with (rel / exact)^(side − exact) ≥ (maxDistance / exact)^t.
  for (int64_t t = 0; t < side - exact; ++t) {
    const Natural bound = powers(maxDistance, t, exact, side - exact);
    int64_t below = exact - 1, reached = maxDistance;
    while (reached - below > 1) {
      const int64_t middle = below + (reached - below) / 2;
      (powers(middle, side - exact, exact, t) < bound ? below : reached) = middle;
    }
    firstRel.push_back(reached);
  }
}

int64_t T5Buckets::operator()(int64_t distance) const {
  const bool after = bidirectional && distance > 0;
  const int64_t rel = bidirectional ? std::abs(distance) : std::max<int64_t>(-distance, 0);
  // The last bucket whose first rel is at most this one: a bucket that no distance reaches shares its first rel with
  // the next.
  const auto next = std::upper_bound(firstRel.begin(), firstRel.end(), rel);
  return (after ? side : 0) + (next - firstRel.begin()) - 1;
}

static std::optional<double> draw(const ParameterElement &element) {
  return element.parameter == "table" ? std::optional(element.normal()) : std::nullopt;
}

template <typename Real> static Result<Step<Real>> bind(const NodeContext &context) {
  if (Status status = checkBiasArgs(context); !status)
    return Failure{status.error()};
  Result<const View *> table = parameterOf(context, "table");
  if (!table)
    return Failure{table.error()};
  if (!*table && context.node.params.size() == 1)
    *table = context.parameter(context.node.params[0]);
  if (!*table || (*table)->sizes.size() != 2)
    return Failure{"needs a table [buckets, heads]"};
  const View *values = *table;
  const bool bidirectional = integerAttribute(context.node.attrs, "bidirectional").value_or(0) != 0;
  const int64_t buckets = values->sizes[0];
  const int64_t maxDistance = integerAttribute(context.node.attrs, "max_distance").value_or(128);
  const int64_t headOffset =
      integerAttribute(context.node.attrs, "head_offset").value_or(context.problem.kernel->headOffset);
  const int64_t side = bidirectional ? buckets / 2 : buckets;
  if (side < 2 || (bidirectional && buckets % 2) || maxDistance <= side / 2)
    return Failure{"the table must have at least 2 buckets (4 and even if bidirectional), max_distance must be above "
                   "the number of "
                   "exact buckets"};
  auto bucket = std::make_shared<T5Buckets>(bidirectional, buckets, maxDistance);
  return addBias<Real>(context, [=](int64_t, int64_t head, int64_t d) {
    const int64_t local = std::clamp<int64_t>(head - headOffset, 0, values->sizes[1] - 1);
    return static_cast<Real>(values->at(values->offset((*bucket)(d), local)));
  });
}

const BiasReference biases::t5 = {bind<double>, bind<float>, draw};

} // namespace camber
