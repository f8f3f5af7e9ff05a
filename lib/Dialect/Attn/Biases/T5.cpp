// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// T5: exact bucket thresholds, near-field table and far-field constants.
#include "HeadRange.h"
#include "PairOperands.h"
#include "camber/Dialect/Attn/AttnBiases.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/APInt.h"

using namespace mlir;
using namespace camber::attn;

static constexpr int64_t kMaxBuckets = 256;

static int64_t bucketsPerSide(T5Op op) {
  int64_t buckets = cast<ShapedType>(op.getTable().getType()).getDimSize(0);
  return op.getBidirectional() ? buckets / 2 : buckets;
}

LogicalResult T5Op::verify() {
  auto type = cast<ShapedType>(getTable().getType()); // C1
  if (!type.hasRank() || type.getRank() != 2 || type.isDynamicDim(0))
    return emitOpError("table must be [num_buckets, H] with a static num_buckets, got ") << type;
  int64_t buckets = type.getDimSize(0);
  if (buckets < 2 || buckets > kMaxBuckets || (getBidirectional() && (buckets < 4 || buckets % 2)))
    return emitOpError("needs 2 to 256 buckets, and if bidirectional an even number from 4 on; got ") << buckets;
  if (type.getDimSize(1) == 0)
    return emitOpError("table has no heads: ") << type;
  int64_t exact = bucketsPerSide(*this) / 2, maxDistance = getMaxDistance();
  if (maxDistance <= exact || maxDistance >= kMaxLength) // C2
    return emitOpError() << "max_distance " << maxDistance << " must be greater than the " << exact
                         << " exact distances, and below 2^24";
  if (static_cast<uint64_t>(getHeadOffset()) >= kMaxLength) // C3
    return emitOpError("head_offset must be in 0 … 2^24-1");
  if (failed(verifyPairOperands(*this, getHead(), getQuery(), getKey()))) // C5
    return failure();
  return verifyHeadRange(*this, getHead(), getHeadOffset(), type.getDimSize(1), "table"); // C4
}

void T5Op::warn() {
  warnOfExchangedPositions(*this, getQuery(), getKey());
  // A shard of a model with as many heads per shard as buckets has such a table as well.
  auto attention = dyn_cast_or_null<AttentionOp>((*this)->getParentOp());
  auto table = cast<ShapedType>(getTable().getType());
  if (attention && table.getDimSize(0) == attention.getHeads() && table.getDimSize(1) != attention.getHeads())
    emitWarning() << "the table has " << table.getDimSize(0) << " buckets of " << table.getDimSize(1)
                  << " heads, and the attention has " << attention.getHeads()
                  << " heads; is it transposed? It is [num_buckets, heads]";
}

/// base^exponent, exactly.
static llvm::APInt power(uint64_t base, unsigned exponent, unsigned bits) {
  llvm::APInt result(bits, 1), factor(bits, base);
  for (; exponent; exponent >>= 1) {
    if (exponent & 1)
      result *= factor;
    factor *= factor;
  }
  return result;
}

/// firsts[k] is the smallest distance of bucket k of a side. Bucket e+t begins at the smallest rel with
/// rel^(n-e) · e^t ≥ max_distance^t · e^(n-e): the logarithm formula without logarithms, in exact integers (double
/// arithmetic is wrong for some settings, e.g. max_distance 100). A side has at least 2 buckets.
static SmallVector<int64_t> bucketFirsts(int64_t n, int64_t maxDistance) {
  int64_t e = n / 2;
  SmallVector<int64_t> firsts;
  for (int64_t k = 0; k < e; ++k)
    firsts.push_back(k);
  unsigned bits = unsigned(n + 2) * 25; // (max_distance · e)^(n-e) with both below 2^24
  for (int64_t t = 0; t < n - e; ++t) {
    llvm::APInt right = power(maxDistance, t, bits) * power(e, n - e, bits);
    int64_t lo = e, hi = maxDistance;
    while (lo < hi) {
      int64_t mid = (lo + hi) / 2;
      if ((power(mid, n - e, bits) * power(e, t, bits)).uge(right))
        hi = mid;
      else
        lo = mid + 1;
    }
    firsts.push_back(lo);
  }
  return firsts;
}

namespace {
struct Emitter {
  T5Op op;
  OpBuilder &b;
  Location loc;
  SmallVector<int64_t> firsts = bucketFirsts(bucketsPerSide(op), op.getMaxDistance());

  Value i32(int64_t v) { return arith::ConstantOp::create(b, loc, b.getI32IntegerAttr(v)); }
  Value entry(Value table, Value bucket, Value head) {
    if (op.getHeadOffset())
      head = arith::SubIOp::create(b, loc, head, i32(op.getHeadOffset()));
    return LookupOp::create(b, loc, b.getF32Type(), table, ValueRange{bucket, head});
  }
  /// The bias at a run-time distance: the bucket is the number of thresholds that are not above it.
  Value bias(Value head, Value distance) {
    Value zero = i32(0), rel, bucket = zero;
    Value negated = arith::SubIOp::create(b, loc, zero, distance);
    if (op.getBidirectional()) {
      rel = arith::MaxSIOp::create(b, loc, distance, negated);
      Value after = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sgt, distance, zero);
      bucket = arith::SelectOp::create(b, loc, after, i32(bucketsPerSide(op)), zero);
    } else {
      rel = arith::MaxSIOp::create(b, loc, negated, zero);
    }
    // Buckets of one distance each are the distance itself, so only the wider ones need a comparison. A bucket that is
    // empty (its first distance is that of the next) is counted over.
    int64_t exact = bucketsPerSide(op) / 2;
    bucket = arith::AddIOp::create(b, loc, bucket, arith::MinSIOp::create(b, loc, rel, i32(exact)));
    for (int64_t first : ArrayRef(firsts).drop_front(exact + 1)) {
      Value reached = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, rel, i32(first));
      bucket = arith::AddIOp::create(b, loc, bucket, arith::ExtUIOp::create(b, loc, b.getI32Type(), reached));
    }
    return entry(op.getTable(), bucket, head);
  }
};
} // namespace

Value T5Op::expand(OpBuilder &builder) {
  Emitter e{*this, builder, getLoc()};
  Value distance = arith::SubIOp::create(builder, getLoc(), getKey(), getQuery());
  return arith::AddFOp::create(builder, getLoc(), getScore(), e.bias(getHead(), distance));
}

void T5Op::describe(ScoreForm &form) {
  // A function of the pair's distance, from one table for all pairs?
  if (!form.pair.isAt(getHead(), getQuery(), getKey()) || !form.pair.areUniform(getTable()))
    return form.applyOpaque(*this);
  Emitter e{*this, form.builder, getLoc()};
  int64_t n = bucketsPerSide(*this), far = e.firsts.back();
  auto constant = [&](int64_t bucket) {
    ScorePiece piece;
    piece.constant = e.entry(getTable(), e.i32(bucket), getHead());
    return piece;
  };
  // Beyond the last threshold the bias is one number per head and side; between, a table of the distance.
  ScorePiece near;
  T5Op self = *this;
  near.diagonals.push_back([self](OpBuilder &b, Location loc, Value head, Value distance) {
    return Emitter{self, b, loc}.bias(head, distance);
  });
  if (getBidirectional())
    form.addPieces({e.i32(-far + 1), e.i32(far)}, {constant(n - 1), near, constant(2 * n - 1)});
  else
    form.addPieces({e.i32(-far + 1), e.i32(1)}, {constant(n - 1), near, constant(0)});
}

void T5Op::bound(ScoreBound &bound) {
  // The extremes over all buckets: loose near the diagonal, and all that a table promises. They hold at any distance,
  // so only the table and the head must be the block's.
  if (getHead() != bound.pair.head || !bound.pair.areUniform(getTable()))
    return bound.setUnknown();
  Emitter e{*this, bound.builder, bound.loc};
  Value lo, hi, table = bound.map(getTable());
  int64_t buckets = cast<ShapedType>(getTable().getType()).getDimSize(0);
  for (int64_t k = 0; k < buckets; ++k) {
    Value entry = e.entry(table, e.i32(k), bound.head);
    lo = lo ? arith::MinimumFOp::create(bound.builder, bound.loc, lo, entry).getResult() : entry;
    hi = hi ? arith::MaximumFOp::create(bound.builder, bound.loc, hi, entry).getResult() : entry;
  }
  bound.addBetween(lo, hi);
}

void T5Op::describeForReference(SmallVectorImpl<std::pair<StringRef, Value>> &parameters, NamedAttrList &attributes) {
  parameters.push_back({"table", getTable()});
}

//===- kernel specifications ----------------------------------------------===//

namespace {
/// The table is the operand "table" [numBuckets, heads].
class T5Spec : public BiasSpecBase<T5Spec> {
public:
  StringRef getName() const override { return "t5"; }
  void visitFields(BiasFieldVisitor &visitor) override {
    visitor.visitSwitch("bidirectional", "T5 with buckets for either side", bidirectional);
    visitor.visitInteger("t5-buckets", "T5 buckets (default 32)", numBuckets);
    visitor.visitInteger("t5-max-distance", "T5 maximum distance (default 128)", maxDistance);
  }
  llvm::Error validate(const BiasHeads &) const override;
  std::string getVariant() const override { return bidirectional ? "_bidirectional" : ""; }
  bool isScaledByDefault() const override { return false; }

  SmallVector<BiasParameter> getParameters(Builder &b, const BiasHeads &heads) const override {
    return {{"table", MemRefType::get({numBuckets, heads.heads}, b.getF32Type())}};
  }
  Value build(OpBuilder &b, Location loc, const BiasOperands &operands) const override {
    return T5Op::create(b, loc, b.getF32Type(), operands.score, operands.head, operands.queryPosition,
                        operands.keyPosition, operands.getParameter("table"), bidirectional, maxDistance,
                        operands.heads.headOffset);
  }

private:
  bool bidirectional = false;
  int64_t numBuckets = 32, maxDistance = 128;
};
} // namespace

llvm::Error T5Spec::validate(const BiasHeads &) const {
  auto invalid = [](const Twine &message) { return llvm::createStringError(llvm::inconvertibleErrorCode(), message); };
  int64_t least = bidirectional ? 4 : 2;
  if (numBuckets < least || numBuckets > kMaxBuckets || (bidirectional && numBuckets % 2 != 0))
    return invalid(Twine("T5 needs ") + (bidirectional ? "an even number of at least 4" : "at least 2") +
                   " buckets (and at most " + Twine(kMaxBuckets) + "), not " + Twine(numBuckets));
  int64_t exact = (bidirectional ? numBuckets / 2 : numBuckets) / 2;
  if (maxDistance <= exact || maxDistance >= kMaxLength)
    return invalid("the T5 maximum distance must be greater than " + Twine(exact) +
                   " (the distances with a bucket each) and below 2^24, not " + Twine(maxDistance));
  return llvm::Error::success();
}

std::unique_ptr<BiasSpec> T5Op::createSpec() { return std::make_unique<T5Spec>(); }
