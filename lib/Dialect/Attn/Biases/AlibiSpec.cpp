// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi as kernel specifications ask for it: one bias, whose form is a field.
#include "AlibiSlopes.h"
#include <cmath>

using namespace mlir;
using namespace camber;
using namespace camber::attn;

static llvm::Error invalid(const Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

namespace {
class AlibiSpec : public BiasSpecBase<AlibiSpec> {
public:
  StringRef getName() const override { return "alibi"; }
  void visitFields(BiasFieldVisitor &visitor) override;
  llvm::Error validate(const BiasHeads &heads) const override;
  llvm::Error checkEffect(StringRef field) const override;
  std::string getVariant() const override { return form == Causal ? "" : "_" + kForms[form].str(); }
  bool decays() const override { return true; }
  SmallVector<BiasParameter> getParameters(Builder &b, const BiasHeads &heads) const override;
  Value build(OpBuilder &b, Location loc, const BiasOperands &operands) const override;

private:
  enum Form { Causal, Symmetric, Asymmetric, Half, Sqrt };
  static constexpr StringRef kForms[] = {"causal", "symmetric", "asymmetric", "half", "sqrt"};
  enum Slopes {
    Formula, ///< the reference slopes of totalHeads heads, compiled in
    PerHead, ///< operand [heads]; asymmetric: slopes, slopes_right and offset
    PerBatch ///< operand [batch, heads]; not asymmetric
  };
  enum Interpolation {
    Static,  ///< slopes are divided by `factor`
    RunTime, ///< and by the run-time scalar operand "factor"
    Dynamic  ///< and by max(1, total_len / trainLen), with the run-time scalar operand "total_len"
  };

  int64_t getTotalHeads(const BiasHeads &heads) const {
    return totalHeads ? totalHeads : heads.headOffset + heads.heads;
  }
  template <typename OpTy> Value create(OpBuilder &b, Location loc, const BiasOperands &operands) const;

  Form form = Causal;
  Slopes slopes = Formula;
  double biasMax = 8.0;   ///< formula slopes only
  int64_t totalHeads = 0; ///< over all tensor-parallel shards; 0: head offset + heads. Formula slopes only
  Interpolation interpolation = Static;
  double factor = 1.0;
  int64_t trainLen = 0; ///< Dynamic only
};
} // namespace

void AlibiSpec::visitFields(BiasFieldVisitor &visitor) {
  visitor.visitChoice("alibi-form", "How ALiBi depends on the distance", kForms, form);
  visitor.visitChoice("slopes", "ALiBi slopes: computed, operand [heads] or [batch, heads]",
                      {"formula", "operand", "per-batch"}, slopes);
  visitor.visitReal("bias-max", "ALiBi bias maximum (default 8)", biasMax);
  visitor.visitInteger("total-heads", "Heads of all tensor-parallel shards together", totalHeads);
  constexpr StringLiteral name = "interpolation";
  visitor.visit(name, "F|run-time|dynamic:N", "Divide the ALiBi slopes", [&](StringRef text) -> llvm::Error {
    StringRef length = text;
    if (text == "run-time")
      interpolation = RunTime;
    else if (length.consume_front("dynamic:") && !length.getAsInteger(10, trainLen))
      interpolation = Dynamic;
    else if (text.getAsDouble(factor))
      return invalidValue(name, text, "takes a factor, 'run-time' or 'dynamic:TRAIN_LEN'");
    return llvm::Error::success();
  });
}

llvm::Error AlibiSpec::validate(const BiasHeads &heads) const {
  auto isPositive = [](double value) { return std::isfinite(value) && value > 0; };
  if (!isPositive(biasMax))
    return invalid("the ALiBi bias maximum must be finite and greater than 0");
  if (!isPositive(factor))
    return invalid("the interpolation factor must be finite and greater than 0");
  if (interpolation == Dynamic && (trainLen < 1 || trainLen >= kMaxLength))
    return invalid("dynamic interpolation needs a training length of at least 1 and below 2^24");
  if (form == Asymmetric && slopes != PerHead)
    return invalid("asymmetric ALiBi takes its slopes from operands [heads]: slopes, slopes_right and offset");
  if (slopes != Formula && biasMax != 8.0)
    return invalid("a bias maximum has no effect on slopes that are operands");
  if (totalHeads != 0 && totalHeads < heads.headOffset + heads.heads)
    return invalid("the total of " + Twine(totalHeads) +
                   " heads is less than head offset + heads = " + Twine(heads.headOffset + heads.heads));
  int64_t total = getTotalHeads(heads);
  if (total > AlibiSlopes::kMaxHeads)
    return invalid("a total of " + Twine(total) + " heads is more than " + Twine(AlibiSlopes::kMaxHeads));
  if (form == Half && total % 2 != 0)
    return invalid("half/half ALiBi needs an even total number of heads, not " + Twine(total));
  return llvm::Error::success();
}

llvm::Error AlibiSpec::checkEffect(StringRef field) const {
  if (slopes != Formula && (field == "bias-max" || (field == "total-heads" && form != Half)))
    return invalid("--" + field + " has no effect on slopes that are operands (--slopes)");
  return llvm::Error::success();
}

SmallVector<BiasParameter> AlibiSpec::getParameters(Builder &b, const BiasHeads &heads) const {
  Type f32 = b.getF32Type(), perHead = MemRefType::get({heads.heads}, f32);
  SmallVector<BiasParameter> parameters;
  if (slopes == PerBatch)
    parameters.push_back({"slopes", MemRefType::get({ShapedType::kDynamic, heads.heads}, f32)});
  else if (slopes == PerHead)
    parameters.push_back({"slopes", perHead});
  if (form == Asymmetric)
    parameters.append({{"slopes_right", perHead}, {"offset", perHead}});
  if (interpolation == RunTime)
    parameters.push_back({"factor", f32});
  if (interpolation == Dynamic)
    parameters.push_back({"total_len", b.getI32Type()});
  return parameters;
}

template <typename OpTy> Value AlibiSpec::create(OpBuilder &b, Location loc, const BiasOperands &operands) const {
  auto parameter = [&](StringRef name) { return operands.getParameter(name); };
  IntegerAttr headOffset = b.getI64IntegerAttr(operands.heads.headOffset), trainingLength, total;
  FloatAttr divisor = b.getF64FloatAttr(factor);
  if (interpolation == Dynamic)
    trainingLength = b.getI64IntegerAttr(trainLen);
  if constexpr (std::is_same_v<OpTy, AlibiAsymmetricOp>) {
    return OpTy::create(b, loc, b.getF32Type(), operands.score, operands.head, operands.queryPosition,
                        operands.keyPosition, parameter("slopes"), parameter("slopes_right"), parameter("offset"),
                        parameter("factor"), parameter("total_len"), headOffset, divisor, trainingLength);
  } else {
    if (slopes == Formula || std::is_same_v<OpTy, AlibiHalfOp>)
      total = b.getI64IntegerAttr(getTotalHeads(operands.heads));
    return OpTy::create(b, loc, b.getF32Type(), operands.score, operands.head, operands.queryPosition,
                        operands.keyPosition, slopes == PerBatch ? operands.batch : Value(), parameter("slopes"),
                        parameter("factor"), parameter("total_len"), total, headOffset,
                        b.getF64FloatAttr(slopes == Formula ? biasMax : 8.0), divisor, trainingLength);
  }
}

Value AlibiSpec::build(OpBuilder &b, Location loc, const BiasOperands &operands) const {
  switch (form) {
  case Causal:
    return create<AlibiOp>(b, loc, operands);
  case Symmetric:
    return create<AlibiSymmetricOp>(b, loc, operands);
  case Asymmetric:
    return create<AlibiAsymmetricOp>(b, loc, operands);
  case Half:
    return create<AlibiHalfOp>(b, loc, operands);
  case Sqrt:
    return create<AlibiSqrtOp>(b, loc, operands);
  }
  llvm_unreachable("all forms are handled");
}

std::unique_ptr<BiasSpec> AlibiOp::createSpec() { return std::make_unique<AlibiSpec>(); }
