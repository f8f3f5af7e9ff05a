// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// ALiBi as Press et al. define it: affine in the distance.
#include "AlibiSlopes.h"
#include "PairOperands.h"

using namespace mlir;
using namespace camber::attn;

ParseResult AlibiOp::parseFormerForm(OpAsmParser &parser, StringRef name) {
  SMLoc location = parser.getCurrentLocation();
  if (failed(parser.parseOptionalKeyword("form")))
    return success();
  StringRef form;
  if (parser.parseLParen() || parser.parseKeyword(&form) || parser.parseRParen())
    return failure();
  InFlightDiagnostic error = parser.emitError(location);
  if (form == "causal")
    return error << "form(causal) is what " << name << " computes; leave it out";
  std::string variant = (name + "_" + form).str();
  if (RegisteredOperationName::lookup(variant, parser.getContext()))
    return error << "form(" << form << ") is the operation " << variant << " now";
  return error << name << " takes no form: each variant of ALiBi is an operation";
}

LogicalResult AlibiOp::verify() { return verifyAlibi(*this); }

void AlibiOp::warn() { warnOfExchangedPositions(*this, getQuery(), getKey()); }

void AlibiOp::describeForReference(SmallVectorImpl<std::pair<StringRef, Value>> &parameters, NamedAttrList &) {
  AlibiSlopes(*this).addParameters(parameters);
}

Value AlibiOp::expand(OpBuilder &builder) {
  AlibiEmitter e(AlibiSlopes(*this), builder);
  Value distance = e.toF32(e.distance());
  return e.fma(e.slope(getHead()), distance, getScore());
}

void AlibiOp::describe(ScoreForm &form) {
  AlibiSlopes slopes(*this);
  if (!slopes.isOfPair(form.pair))
    return form.applyOpaque(*this);
  form.addAffine(AlibiEmitter(slopes, form.builder).slope(getHead()));
}

void AlibiOp::bound(ScoreBound &bound) {
  AlibiSlopes slopes(*this);
  if (!slopes.isOfPair(bound.pair))
    return bound.setUnknown();
  // Falls before the query and rises after it.
  bound.falls = bound.rises = true;
  Value lo = bound.distanceMin(), hi = bound.distanceMax();
  bound.addAffine(AlibiEmitter(slopes, bound).slope(bound.head), lo, hi);
}
