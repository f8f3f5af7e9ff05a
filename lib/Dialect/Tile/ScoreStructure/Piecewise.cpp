// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// tile.piecewise: a score that depends on the interval its pair's distance falls in.
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "camber/Dialect/Tile/ScoreStructure.h"

using namespace mlir;
using namespace camber::tile;

LogicalResult PiecewiseOp::verifyRegions() {
  if (getPieces().size() != getBreakpoints().size() + 1) // C1
    return emitOpError("needs one region more than breakpoints");
  for (Region &piece : getPieces()) // C2
    if (piece.getNumArguments() != 1 || !getDistance(piece).getType().isInteger(32) || !yieldsScore(piece.front()))
      return emitOpError("each region takes the distance (i32) and yields one f32");
  return success();
}

static Value yieldedBy(Region &piece) { return piece.front().getTerminator()->getOperand(0); }

/// Puts the operations of a piece before the op; `distance` emits the distance where they need it. Returns what the
/// piece yields.
static Value inlinePiece(PiecewiseOp op, Region &piece, function_ref<Value()> distance) {
  Block &block = piece.front();
  if (BlockArgument inside = op.getDistance(piece); !inside.use_empty())
    inside.replaceAllUsesWith(distance());
  Value result = yieldedBy(piece);
  block.getTerminator()->erase();
  op->getBlock()->getOperations().splice(op->getIterator(), block.getOperations());
  return result;
}

/// What yields the pieces, where all are lines on the same score, or nothing.
static SmallVector<AffineOp> getAffineOps(ArrayRef<Value> pieces) {
  SmallVector<AffineOp> lines;
  for (Value piece : pieces) {
    auto line = piece.getDefiningOp<AffineOp>();
    if (!line || (!lines.empty() && (line.getScore() != lines[0].getScore() || line.getQuery() != lines[0].getQuery() ||
                                     line.getKey() != lines[0].getKey())))
      return {};
    lines.push_back(line);
  }
  return lines;
}

Value PiecewiseOp::lower(OpBuilder &b) {
  Location loc = getLoc();
  Value distance = emitDistance(b, loc, getQuery(), getKey());
  SmallVector<Value> values;
  for (Region &piece : getPieces())
    values.push_back(inlinePiece(*this, piece, [&] { return distance; }));
  SmallVector<Value> reached;
  for (Value limit : getBreakpoints())
    reached.push_back(emitCompareDistance(b, loc, arith::CmpIPredicate::sge, getQuery(), getKey(), limit));
  auto choose = [&](ArrayRef<Value> values) {
    Value result = values.front();
    for (auto [condition, value] : llvm::zip_equal(reached, values.drop_front()))
      result = arith::SelectOp::create(b, loc, condition, value, result);
    return result;
  };
  SmallVector<AffineOp> lines = getAffineOps(values);
  if (lines.empty())
    return choose(values);
  // The line is chosen before it is evaluated: one FMA, not one per piece.
  Value slope = choose(llvm::map_to_vector(lines, [](AffineOp line) -> Value { return line.getSlope(); }));
  Value origin;
  if (llvm::any_of(lines, [](AffineOp line) { return static_cast<bool>(line.getOrigin()); })) {
    Value zero = arith::ConstantOp::create(b, loc, b.getF32FloatAttr(0.0));
    origin = choose(
        llvm::map_to_vector(lines, [&](AffineOp line) -> Value { return line.getOrigin() ? line.getOrigin() : zero; }));
  }
  Value result =
      AffineOp::create(b, loc, getType(), lines[0].getScore(), slope, lines[0].getQuery(), lines[0].getKey(), origin);
  for (AffineOp line : lines)
    if (line->use_empty())
      line.erase();
  return result;
}

void PiecewiseOp::getScaledOperands(SmallVectorImpl<OpOperand *> &operands) {
  // The pieces share the score they start from: it is scaled once, outside, where each uses it exactly once.
  for (Region &piece : getPieces())
    operands.push_back(&piece.front().getTerminator()->getOpOperand(0));
}

bool PiecewiseOp::isFinite(function_ref<bool(Value)> isFiniteValue) {
  return llvm::all_of(getPieces(), [&](Region &piece) { return isFiniteValue(yieldedBy(piece)); });
}

bool PiecewiseOp::hasAlternatives() { return true; }

/// The score that pieces which are tabulated add to, where it comes from outside.
Value PiecewiseOp::getAugend() {
  for (Region &piece : getPieces()) {
    auto structure = yieldedBy(piece).getDefiningOp<ScoreStructureOpInterface>();
    if (!structure || !structure.isTabulated())
      continue;
    Value augend = structure.getAugend();
    bool isInside = (*this)->isAncestor(augend.getParentBlock()->getParentOp());
    return isInside ? Value() : augend;
  }
  return {};
}

/// What a piece adds to `score`, at the builder; null where it is no such sum.
static Value emitPieceAddend(PiecewiseOp op, Region &piece, Value score, OpBuilder &b, Value distance,
                             IRMapping &mapping) {
  mapping.map(op.getDistance(piece), distance);
  Value yielded = yieldedBy(piece);
  if (auto structure = yielded.getDefiningOp<ScoreStructureOpInterface>())
    return structure.isTabulated() && structure.getAugend() == score && structure.getQuery() == op.getQuery() &&
                   structure.getKey() == op.getKey()
               ? structure.emitAddend(b, distance, mapping)
               : Value();
  auto sum = yielded.getDefiningOp<arith::AddFOp>();
  if (!sum || (sum.getLhs() != score && sum.getRhs() != score))
    return {};
  Value addend = sum.getLhs() == score ? sum.getRhs() : sum.getLhs();
  return succeeded(cloneSlice(b, addend, mapping)) ? mapping.lookup(addend) : Value();
}

Value PiecewiseOp::emitAddend(OpBuilder &b, Value distance, IRMapping &mapping) {
  Location loc = getLoc();
  Value score = getAugend(), result;
  for (auto [number, piece] : llvm::enumerate(getPieces())) {
    IRMapping ofPiece(mapping);
    Value value = score ? emitPieceAddend(*this, piece, score, b, distance, ofPiece) : Value();
    if (!value || (number && failed(cloneSlice(b, getBreakpoints()[number - 1], mapping))))
      return {};
    if (number) {
      Value limit = mapping.lookup(getBreakpoints()[number - 1]);
      Value reached = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, distance, limit);
      value = arith::SelectOp::create(b, loc, reached, value, result);
    }
    result = value;
  }
  return result;
}

void PiecewiseOp::getBreakpoints(SmallVectorImpl<Breakpoint> &breakpoints) {
  for (Value value : getBreakpoints())
    breakpoints.push_back({value});
}

Value PiecewiseOp::specialize(OpBuilder &b, ArrayRef<Relation> relations) {
  // Breakpoints ascend: pairs past one are past those before it.
  size_t first = 0, last = relations.size();
  for (auto [k, relation] : llvm::enumerate(relations)) {
    if (relation == Relation::past)
      first = std::max(first, k + 1);
    if (relation == Relation::before)
      last = std::min(last, k);
  }
  if (first > last || (first == 0 && last == relations.size()))
    return {};
  if (first == last)
    return inlinePiece(*this, getPieces()[first], [&] { return emitDistance(b, getLoc(), getQuery(), getKey()); });
  auto breakpoints = llvm::to_vector(getBreakpoints().slice(first, last - first));
  auto fewer = PiecewiseOp::create(b, getLoc(), getType(), getQuery(), getKey(), breakpoints, last - first + 1);
  for (size_t k = first; k <= last; ++k)
    fewer.getPieces()[k - first].takeBody(getPieces()[k]);
  return fewer;
}
