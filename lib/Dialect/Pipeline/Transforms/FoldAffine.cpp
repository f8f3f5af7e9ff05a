// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// pipeline-fold-affine: scales, lines and sums of scores move into the products before them and the softmax after them.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/Pipeline/Passes.h"
#include "camber/Dialect/Pipeline/PipelineDialect.h"
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace camber::pipeline {
#define GEN_PASS_DEF_FOLDAFFINE
#include "camber/Dialect/Pipeline/Passes.h.inc"
} // namespace camber::pipeline

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

namespace {
/// What lies between a dot and the softmax of its scores.
struct Path {
  SoftmaxUpdateOp softmax;
  SmallVector<tile::ScoreOp> scores;
  bool isSimple = true; ///< there is nothing but score bodies, switches between them, and keys that are not there
};

void follow(Value scores, Path &path) {
  for (OpOperand &use : scores.getUses()) {
    Operation *user = use.getOwner();
    if (auto score = dyn_cast<tile::ScoreOp>(user)) {
      path.scores.push_back(score);
      follow(score.getResult(), path);
    } else if (auto keep = dyn_cast<MaskTailOp>(user)) {
      follow(keep.getResult(), path);
    } else if (isa<scf::YieldOp>(user) && isa<scf::IndexSwitchOp>(user->getParentOp())) {
      follow(user->getParentOp()->getResult(use.getOperandNumber()), path);
    } else if (auto softmax = dyn_cast<SoftmaxUpdateOp>(user);
               softmax && use.getOperandNumber() == 0 && (!path.softmax || path.softmax == softmax)) {
      path.softmax = softmax;
    } else {
      path.isSimple = false;
    }
  }
}

/// score [+ slope · (key - query)] or score [+ addend], hidden or not.
struct Form {
  bool isSimple = false;                ///< the body is of this form
  tile::ScoreStructureOpInterface line; ///< null where there is none
  arith::AddFOp sum;                    ///< null where there is none
};

Value slopeOf(tile::ScoreStructureOpInterface line) { return line.getLine()->slope->get(); }

Form formOf(tile::ScoreOp score) {
  Block &body = *score.getScoreBody();
  Value value = body.getTerminator()->getOperand(0);
  auto structureOf = [](Value value) { return value.getDefiningOp<tile::ScoreStructureOpInterface>(); };
  for (auto op = structureOf(value); op && op.getLimits(); op = structureOf(value))
    value = op.getLimits()->score;
  attn::ScoreArguments pair = score.getScoreArguments();
  Value argument = pair.getScore();
  auto sum = value.getDefiningOp<arith::AddFOp>();
  if (sum && (sum.getLhs() == argument) != (sum.getRhs() == argument))
    value = argument;
  else
    sum = {};
  tile::ScoreStructureOpInterface op = structureOf(value), line;
  std::optional<tile::Line> known = op ? op.getLine() : std::nullopt;
  if (known && !known->origin && op.getQuery() == pair.getQueryPosition() && op.getKey() == pair.getKeyPosition()) {
    value = known->score;
    line = op;
  }
  bool isOnlyUse = llvm::hasSingleElement(argument.getUses()) || (!line && !sum);
  return {value == argument && isOnlyUse && score.getMasks().empty() && score.getBase2(), line, sum};
}

/// Whether two values of score bodies are computed in the same way from arguments that are the same.
bool isSame(Value a, tile::ScoreOp of, Value b, tile::ScoreOp other) {
  constexpr unsigned numPair = tile::ScoreOp::kNumPairArguments;
  SmallVector<std::pair<Value, Value>> work = {{a, b}};
  llvm::DenseSet<std::pair<Value, Value>> known;
  while (!work.empty()) {
    auto [x, y] = work.pop_back_val();
    if (!known.insert({x, y}).second)
      continue;
    auto argument = dyn_cast<BlockArgument>(x), same = dyn_cast<BlockArgument>(y);
    if (argument && same) {
      unsigned number = argument.getArgNumber();
      if (number != same.getArgNumber() ||
          (number >= numPair && of.getParams()[number - numPair] != other.getParams()[number - numPair]))
        return false;
      continue;
    }
    Operation *op = x.getDefiningOp(), *as = y.getDefiningOp();
    if (!op || !as || op->getName() != as->getName() || op->getAttrDictionary() != as->getAttrDictionary() ||
        op->getNumRegions() || op->getNumOperands() != as->getNumOperands())
      return false;
    for (auto [from, to] : llvm::zip_equal(op->getOperands(), as->getOperands()))
      work.push_back({from, to});
  }
  return true;
}

/// A value of a score body, times `factor`, for each row; null where it depends on more than batch, head and
/// parameters.
Value createRowValues(OpBuilder &b, tile::ScoreOp score, Value value, double factor) {
  if (!attn::isWithin(tile::pairOf(score).getDependence().of(value), attn::Dependence::head))
    return {};
  Location loc = score.getLoc();
  int64_t count = cast<tile::RowsType>(score.getRows().getType()).getCount();
  auto values = RowValuesOp::create(b, loc, tile::TileType::get(b.getContext(), {count}, b.getF32Type()),
                                    score.getRows(), score.getBatch(), score.getParams());
  OpBuilder::InsertionGuard guard(b);
  SmallVector<Type> types = tile::RowArguments::getTypes(b.getContext());
  llvm::append_range(types, score.getParams().getTypes());
  tile::RowArguments row(*b.createBlock(&values.getBody(), {}, types, SmallVector<Location>(types.size(), loc)));
  IRMapping mapping;
  attn::ScoreArguments pair = score.getScoreArguments();
  mapping.map(pair.getBatch(), row.getBatch());
  mapping.map(pair.getHead(), row.getHead());
  mapping.map(pair.getParams(), row.getParams());
  [[maybe_unused]] LogicalResult cloned = tile::cloneSlice(b, value, mapping);
  assert(succeeded(cloned) && "what is within the head is computed from it, batch and params");
  Value result = mapping.lookup(value);
  if (factor != 1.0)
    result = arith::MulFOp::create(b, loc, result, arith::ConstantOp::create(b, loc, b.getF32FloatAttr(factor)));
  tile::YieldOp::create(b, loc, result);
  return values.getValues();
}

bool isOutside(scf::ForOp loop, ValueRange values) {
  return llvm::all_of(values, [&](Value value) { return loop.isDefinedOutsideOfLoop(value); });
}

/// The largest |bias| in a tile that products may be added to, in base 2 as the scores are. Each of the D/8 sums that a
/// tensor core cuts off loses up to 2^-23 of what it has by then. Scores of unit variance reach about 4 in natural
/// units themselves, so a bias below that does not change what their own sums lose; one of 16 put lse off by eight
/// tolerances.
constexpr double kMaxBiasInProducts = 4 * attn::kLog2e;

/// An upper bound of |value|, a slope of a score body, over the heads of the kernel; none if operands decide.
std::optional<double> boundMagnitude(Value value, tile::ScoreOp score, tile::GeometryAttr geometry) {
  auto magnitude = [](const APFloat &number) { return std::abs(number.convertToDouble()); };
  if (auto product = value.getDefiningOp<arith::MulFOp>()) {
    std::optional<double> x = boundMagnitude(product.getLhs(), score, geometry),
                          y = boundMagnitude(product.getRhs(), score, geometry);
    return x && y ? std::optional(*x * *y) : std::nullopt;
  }
  if (FloatAttr constant; matchPattern(value, m_Constant(&constant)))
    return magnitude(constant.getValue());
  auto lookup = value.getDefiningOp<attn::LookupOp>();
  DenseFPElementsAttr table;
  if (!lookup || !matchPattern(lookup.getTable(), m_Constant(&table)))
    return std::nullopt;
  int64_t begin = 0, end = table.getNumElements();
  if (lookup.getIndices().size() == 1 && lookup.getIndices()[0] == score.getScoreArguments().getHead()) {
    begin = std::min(geometry.getHeadOffset(), end - 1); // heads past the last entry read it
    end = std::min(geometry.getHeadOffset() + geometry.getHeads(), end);
  }
  double largest = 0;
  for (int64_t head = begin; head < end; ++head)
    largest = std::max(largest, magnitude(*(table.value_begin<APFloat>() + head)));
  return largest;
}

/// Whether the bias of a line stays so small within a tile that products can be added to it.
bool isSmall(DotOp dot, tile::ScoreOp score, tile::ScoreStructureOpInterface line) {
  auto geometry = dot->getParentOfType<func::FuncOp>()->getAttrOfType<tile::GeometryAttr>("camber.geometry");
  std::optional<double> slope = geometry ? boundMagnitude(slopeOf(line), score, geometry) : std::nullopt;
  return slope && *slope * double(dot.getKeys().getType().getRows() - 1) <= kMaxBiasInProducts;
}

/// Whether all bodies have a line, and the same one, which products can be added to.
bool haveSameLine(DotOp dot, scf::ForOp loop, ArrayRef<tile::ScoreOp> scores,
                  ArrayRef<tile::ScoreStructureOpInterface> lines) {
  if (lines.empty())
    return false;
  tile::ScoreOp first = scores.front();
  tile::ScoreStructureOpInterface like = lines.front();
  auto isSameLine = [&](tile::ScoreOp score, tile::ScoreStructureOpInterface line) {
    return isSame(slopeOf(like), first, slopeOf(line), score) && score.getFirstKey() == first.getFirstKey() &&
           score.getQueryBase() == first.getQueryBase() && score.getKeyBase() == first.getKeyBase();
  };
  auto users = dot.getScores().getUsers();
  return lines.size() == scores.size() && isSmall(dot, first, like) &&
         llvm::hasNItems(users, static_cast<unsigned>(lines.size())) &&
         llvm::all_of(users, llvm::IsaPred<tile::ScoreOp>) &&
         llvm::all_of(llvm::zip_equal(scores, lines),
                      [&](auto pair) { return isSameLine(std::get<0>(pair), std::get<1>(pair)); }) &&
         isOutside(loop, first.getParams()) && isOutside(loop, {first.getRows(), first.getBatch()});
}

/// Divides the slope of a line by the scale that the sum will be multiplied by. The line stays in its body: the
/// distance of a pair is exact there, and the bias is as small as it is near the diagonal, where it matters.
void divideSlope(tile::ScoreStructureOpInterface line, double scale) {
  OpBuilder b(line);
  Value slope = slopeOf(line);
  double factor = 1 / scale;
  auto product = slope.getDefiningOp<arith::MulFOp>();
  if (FloatAttr constant; product && matchPattern(product.getRhs(), m_Constant(&constant))) { // one rounding less
    auto exact = product->getAttrOfType<FloatAttr>(tile::kExactFactor);
    double both = (exact ? exact : constant).getValueAsDouble() * factor;
    if (attn::isFiniteInF32(both)) {
      slope = product.getLhs();
      factor = both;
    }
  }
  Value rounded = arith::ConstantOp::create(b, line.getLoc(), b.getF32FloatAttr(factor));
  line.getLine()->slope->set(arith::MulFOp::create(b, line.getLoc(), slope, rounded));
}

/// Takes what is added to a score out of its body: a number of the row is returned, anything else is divided by the
/// scale that the sum will be multiplied by.
Value takeSum(tile::ScoreOp score, arith::AddFOp sum, double scale) {
  Value raw = score.getScoreArguments().getScore(), added = sum.getLhs() == raw ? sum.getRhs() : sum.getLhs();
  OpBuilder b(score);
  Value ofRow = createRowValues(b, score, added, 1.0), result = raw;
  if (!ofRow) {
    b.setInsertionPoint(sum);
    Value inverse = arith::ConstantOp::create(b, sum.getLoc(), b.getF32FloatAttr(1.0 / scale));
    result = math::FmaOp::create(b, sum.getLoc(), added, inverse, raw);
  }
  sum.replaceAllUsesWith(result);
  sum.erase();
  return ofRow;
}

/// The offset of the scores that a switch yields, as one more result of it; none where a case has none.
Value yieldOffsets(scf::IndexSwitchOp choice, const llvm::DenseMap<Block *, Value> &offsets, tile::ScoreOp like) {
  OpBuilder b(choice);
  Type type = offsets.begin()->second.getType();
  SmallVector<Type> types(choice.getResultTypes());
  types.push_back(type);
  auto more = scf::IndexSwitchOp::create(b, choice.getLoc(), types, choice.getArg(), choice.getCases(),
                                         choice.getCases().size());
  for (auto [from, to] : llvm::zip_equal(choice->getRegions(), more->getRegions())) {
    Value offset = offsets.lookup(&from.front());
    Operation *yield = from.front().getTerminator();
    if (!offset) {
      OpBuilder inCase(yield);
      Location loc = yield->getLoc();
      auto zeros = RowValuesOp::create(inCase, loc, type, like.getRows(), like.getBatch(), ValueRange());
      Type i32 = b.getI32Type();
      inCase.createBlock(&zeros.getBody(), {}, {i32, i32}, {loc, loc});
      tile::YieldOp::create(inCase, loc, arith::ConstantOp::create(inCase, loc, b.getF32FloatAttr(0.0)).getResult());
      offset = zeros.getValues();
    }
    yield->insertOperands(yield->getNumOperands(), offset);
    to.takeBody(from);
  }
  choice->replaceAllUsesWith(more->getResults().drop_back());
  choice.erase();
  return more->getResults().back();
}

/// Moves the scale, and what is added to the scores, out of their bodies.
void fold(DotOp dot) {
  constexpr double minScale = 0x1p-64; // slopes are divided by it
  const double scale = dot.getScale().convertToDouble();
  auto loop = dyn_cast<scf::ForOp>(dot->getParentOp());
  Path path;
  follow(dot.getScores(), path);
  if (!path.isSimple || !path.softmax || !loop || !(scale >= minScale) || dot.getLine() || path.softmax.getOffset() ||
      !path.softmax.getScale().isExactlyValue(1.0))
    return;
  SmallVector<tile::ScoreStructureOpInterface> lines;
  SmallVector<std::pair<tile::ScoreOp, arith::AddFOp>> sums;
  llvm::SmallPtrSet<Block *, 4> cases;
  for (tile::ScoreOp score : path.scores) {
    Form form = formOf(score);
    if (!form.isSimple || !cases.insert(score->getBlock()).second)
      return;
    if (form.line)
      lines.push_back(form.line);
    if (form.sum)
      sums.push_back({score, form.sum});
  }
  OpBuilder b(loop);
  Value line, offset;
  if (!lines.empty() && dot.getRows().getType().getElementType().isF32())
    return;
  if (haveSameLine(dot, loop, path.scores, lines)) {
    tile::ScoreOp first = path.scores.front();
    Value slopes = createRowValues(b, first, slopeOf(lines.front()), 1.0);
    if (!slopes)
      return;
    line = createRowValues(b, first, slopeOf(lines.front()), 1.0 / scale);
    b.setInsertionPoint(path.softmax);
    offset = RowOffsetsOp::create(b, first.getLoc(), slopes.getType(), slopes, first.getRows(), first.getQueryBase(),
                                  first.getFirstKey(), first.getKeyBase());
  }
  llvm::DenseMap<Block *, Value> offsets;
  for (auto [score, sum] : sums)
    if (Value ofRow = takeSum(score, sum, scale))
      offsets[score->getBlock()] = offset = ofRow;
  if (!offsets.empty())
    if (auto choice = dyn_cast<scf::IndexSwitchOp>(offset.getDefiningOp()->getParentOp()))
      offset = yieldOffsets(choice, offsets, path.scores.front());
  dot.getLineMutable().assign(line ? ValueRange(line) : ValueRange());
  path.softmax.getOffsetMutable().assign(offset ? ValueRange(offset) : ValueRange());
  path.softmax.setScaleAttr(dot.getScaleAttr());
  dot.setScaleAttr(b.getF64FloatAttr(1.0));
  for (tile::ScoreStructureOpInterface op : lines) {
    if (!line) {
      divideSlope(op, scale);
      continue;
    }
    op->getResult(0).replaceAllUsesWith(op.getLine()->score);
    op.erase();
  }
  for (tile::ScoreOp score : path.scores) // of which nothing may be left
    if (score.getScoreBody()->getTerminator()->getOperand(0) == score.getScoreArguments().getScore()) {
      score.replaceAllUsesWith(score.getScores());
      score.erase();
    }
}

struct FoldAffine : pipeline::impl::FoldAffineBase<FoldAffine> {
  void runOnOperation() override {
    SmallVector<DotOp> dots;
    getOperation().walk([&](DotOp dot) { dots.push_back(dot); });
    llvm::for_each(dots, fold);
  }
};
} // namespace
