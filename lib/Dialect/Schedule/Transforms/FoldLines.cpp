// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Gains and lines of scores: what is left of them costs nothing per score.
#include "camber/Dialect/Schedule/PipelineDialect.h"
#include "camber/Dialect/Schedule/PipelinePasses.h"
#include "camber/Dialect/Tile/ScoreSlice.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/DenseSet.h"

namespace camber::pipeline {
#define GEN_PASS_DEF_FOLDLINES
#include "camber/Dialect/Schedule/PipelinePasses.h.inc"
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
    } else if (auto keep = dyn_cast<KeepKeysOp>(user)) {
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

/// score [+ slope · (key - query)], hidden or not.
struct Form {
  bool isSimple = false; ///< the body is of this form
  tile::AffineOp line;   ///< null where there is none
};

Form formOf(tile::ScoreOp score) {
  Block &body = *score.getScoreBody();
  Value value = body.getTerminator()->getOperand(0);
  while (auto visible = value.getDefiningOp<tile::VisibleOp>())
    value = visible.getScore();
  auto line = value.getDefiningOp<tile::AffineOp>();
  if (line && !line.getOrigin() && line.getQuery() == body.getArgument(3) && line.getKey() == body.getArgument(4))
    value = line.getScore();
  else
    line = {};
  Value argument = body.getArgument(0);
  bool isOnlyUse = llvm::hasSingleElement(argument.getUses()) || !line;
  return {value == argument && isOnlyUse && score.getMasks().empty(), line};
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

/// The slopes of the lines of the rows, times `factor`, before `loop`; null where they depend on more than the head.
Value createSlopes(OpBuilder &b, tile::ScoreOp score, Value slope, double factor) {
  Location loc = score.getLoc();
  int64_t count = cast<tile::RowsType>(score.getRows().getType()).getCount();
  auto slopes = RowValuesOp::create(b, loc, tile::TileType::get(b.getContext(), {count}, b.getF32Type()),
                                    score.getRows(), score.getBatch(), score.getParams());
  OpBuilder::InsertionGuard guard(b);
  Type i32 = b.getI32Type();
  SmallVector<Type> types = {i32, i32};
  llvm::append_range(types, score.getParams().getTypes());
  Block *body = b.createBlock(&slopes.getBody(), {}, types, SmallVector<Location>(types.size(), loc));
  IRMapping mapping;
  auto arguments = score.getScoreBody()->getArguments();
  mapping.map(arguments.slice(1, RowValuesOp::kNumRowArguments), body->getArguments().take_front(2));
  mapping.map(arguments.drop_front(tile::ScoreOp::kNumPairArguments), body->getArguments().drop_front(2));
  if (failed(tile::cloneSlice(b, slope, mapping))) {
    slopes.erase();
    return {};
  }
  Value result = mapping.lookup(slope);
  if (factor != 1.0)
    result = arith::MulFOp::create(b, loc, result, arith::ConstantOp::create(b, loc, b.getF32FloatAttr(factor)));
  tile::YieldOp::create(b, loc, result);
  return slopes.getValues();
}

bool isOutside(scf::ForOp loop, ValueRange values) {
  return llvm::all_of(values, [&](Value value) { return loop.isDefinedOutsideOfLoop(value); });
}

/// Moves the gain, and the line where there is one, out of the scores.
void fold(DotOp dot) {
  constexpr double leastGain = 0x1p-64; // slopes are divided by it
  const double gain = dot.getGain().convertToDouble();
  auto loop = dyn_cast<scf::ForOp>(dot->getParentOp());
  Path path;
  follow(dot.getScores(), path);
  if (!path.isSimple || !path.softmax || !loop || !(gain >= leastGain) || dot.getLine() || path.softmax.getOffset() ||
      !path.softmax.getGain().isExactlyValue(1.0))
    return;
  SmallVector<tile::AffineOp> lines;
  for (tile::ScoreOp score : path.scores) {
    Form form = formOf(score);
    if (!form.isSimple)
      return;
    if (form.line)
      lines.push_back(form.line);
  }
  OpBuilder b(loop);
  Value line, offset;
  if (!lines.empty()) {
    // Every case has the line, and it is the same in all of them.
    tile::ScoreOp first = path.scores.front();
    auto sameLine = [&](tile::ScoreOp score, tile::AffineOp line) {
      return isSame(lines.front().getSlope(), first, line.getSlope(), score) &&
             score.getFirstKey() == first.getFirstKey() && score.getQueryBase() == first.getQueryBase() &&
             score.getKeyBase() == first.getKeyBase();
    };
    auto users = dot.getScores().getUsers();
    if (dot.getRows().getType().getElementType().isF32() || lines.size() != path.scores.size() ||
        !llvm::hasNItems(users, static_cast<unsigned>(lines.size())) ||
        !llvm::all_of(users, llvm::IsaPred<tile::ScoreOp>) ||
        !llvm::all_of(llvm::zip_equal(path.scores, lines),
                      [&](auto pair) { return sameLine(std::get<0>(pair), std::get<1>(pair)); }) ||
        !isOutside(loop, first.getParams()) || !isOutside(loop, {first.getRows(), first.getBatch()}))
      return;
    Value slopes = createSlopes(b, first, lines.front().getSlope(), 1.0);
    if (!slopes)
      return;
    line = createSlopes(b, first, lines.front().getSlope(), 1.0 / gain);
    b.setInsertionPoint(path.softmax);
    offset = RowOffsetsOp::create(b, first.getLoc(), slopes.getType(), slopes, first.getRows(), first.getQueryBase(),
                                  first.getFirstKey(), first.getKeyBase());
  }
  dot.getLineMutable().assign(line ? ValueRange(line) : ValueRange());
  path.softmax.getOffsetMutable().assign(offset ? ValueRange(offset) : ValueRange());
  path.softmax.setGainAttr(dot.getGainAttr());
  dot.setGainAttr(b.getF64FloatAttr(1.0));
  for (tile::AffineOp affine : lines) {
    affine.replaceAllUsesWith(affine.getScore());
    affine.erase();
  }
  for (tile::ScoreOp score : path.scores) // of which nothing may be left
    if (score.getScoreBody()->getTerminator()->getOperand(0) == score.getScoreBody()->getArgument(0)) {
      score.replaceAllUsesWith(score.getScores());
      score.erase();
    }
}

struct FoldLines : pipeline::impl::FoldLinesBase<FoldLines> {
  void runOnOperation() override {
    SmallVector<DotOp> dots;
    getOperation().walk([&](DotOp dot) { dots.push_back(dot); });
    llvm::for_each(dots, fold);
  }
};
} // namespace
