// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loops over keys: tile.for_keys becomes scf.for over the numbers of tiles.
//
// Loops that go on from each other, over ranges of keys that differ in their scores alone, become one loop. Its scores
// are the cases of a switch over the range that a tile is of, and everything else is there once:
//
//     %a = for_keys 0 to 128 iter(%s) { dot; score A; … }        for t = 0 … 2 + 1 { range, first, count = coord(t)
//     %b = for_keys 128 to 150 iter(%a) { dot; score B; … }        dot; switch range { score A | score B }; … }
//
// So copies can run ahead from the last tile of one range to the first of the next, and a kernel has the code of its
// products once. Keys and tiles are counted in 32 bits, as registers are: what tells where a tile is lives as long as
// the loop.
#include "Patterns.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Support/Num.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

namespace {
/// Several ranges of keys that follow each other, in tiles.
class Ranges {
public:
  Ranges(Num &n, ArrayRef<tile::ForKeysOp> loops) : step(tile::ForKeysOp(loops.front()).getStep()) {
    Value tiles = n.i32(0);
    for (tile::ForKeysOp loop : loops) {
      lo.push_back(n.toI32(loop.getLo()));
      hi.push_back(n.toI32(loop.getHi()));
      tiles = n.add(tiles, n.ceilDiv(n.max(n.sub(hi.back(), lo.back()), n.i32(0)), n.i32(step)));
      end.push_back(tiles);
    }
  }
  Value numTiles() const { return end.back(); }

  struct TileCoord {
    Value range, first, count; ///< index; the count is 0 or less behind the last tile
  };
  /// The coord of tile `number` (i32).
  TileCoord coordOf(Num &n, Value number) const {
    auto firstIn = [&](size_t range) {
      Value before = range ? end[range - 1] : n.i32(0);
      return n.add(lo[range], n.mul(n.sub(number, before), n.i32(step)));
    };
    Value range = n.index(0), first = firstIn(0), last = hi[0];
    for (size_t next = 1; next < lo.size(); ++next) {
      Value reached = arith::CmpIOp::create(n.b, n.loc, arith::CmpIPredicate::sge, number, end[next - 1]);
      range = n.select(reached, n.index(next), range);
      first = n.select(reached, firstIn(next), first);
      last = n.select(reached, hi[next], last);
    }
    return {range, n.toIndex(first), n.toIndex(n.min(n.sub(last, first), n.i32(step)))};
  }

private:
  SmallVector<Value> lo, hi, end; ///< i32; end: tiles up to and with the range
  int64_t step;
};
} // namespace

//===- which loops become one --------------------------------------------------===//

/// What all loops must have in common: everything of the tile level but scores.
static bool isCommon(Operation &op) { return isa<tile::TileDialect>(op.getDialect()) && !isa<tile::ScoreOp>(op); }

static SmallVector<Operation *> commonOps(tile::ForKeysOp loop) {
  return llvm::map_to_vector(llvm::make_filter_range(*loop.getLoopBody(), isCommon), [](Operation &op) { return &op; });
}

/// Whether nothing depends on when an op runs. What lookups read is not written while a kernel runs.
static bool isMovable(Operation *op) { return isMemoryEffectFree(op) || isa<attn::LookupOp>(op); }

/// Whether what an op is for are the scores of its loop's range.
static bool isOfScore(Operation &op) {
  if (op.getNumRegions() && !op.hasTrait<OpTrait::IsIsolatedFromAbove>())
    return false;
  return isa<tile::ScoreOp, TabulateOp, MaskTailOp>(op) || isMovable(&op);
}

/// Whether two loops differ in their scores alone.
static bool areAlike(tile::ForKeysOp loop, tile::ForKeysOp other) {
  SmallVector<Operation *> ops = commonOps(loop), others = commonOps(other);
  if (loop.getStep() != other.getStep() || ops.size() != others.size() ||
      !llvm::equal(loop.getLoopBody()->getArgumentTypes(), other.getLoopBody()->getArgumentTypes()) ||
      !llvm::all_of(llvm::zip_equal(ops, others), [](auto pair) {
        auto [x, y] = pair;
        return x->getName() == y->getName() && x->getAttrDictionary() == y->getAttrDictionary() &&
               llvm::equal(x->getOperandTypes(), y->getOperandTypes()) &&
               llvm::equal(x->getResultTypes(), y->getResultTypes()) && x->getNumRegions() == 0;
      }))
    return false;
  for (tile::ForKeysOp each : {loop, other})
    if (!llvm::all_of(*each.getLoopBody(), [](Operation &op) { return isCommon(op) || isOfScore(op); }))
      return false;
  IRMapping mapping;
  mapping.map(other.getLoopBody()->getArguments(), loop.getLoopBody()->getArguments());
  for (auto [x, y] : llvm::zip_equal(others, ops))
    mapping.map(x->getResults(), y->getResults());
  auto ofScore = [](Value value, tile::ForKeysOp of) {
    Operation *op = value.getDefiningOp();
    return op && op->getBlock() == of.getLoopBody() && !isCommon(*op);
  };
  for (auto [op, same] : llvm::zip_equal(ops, others))
    for (auto [x, y] : llvm::zip_equal(op->getOperands(), same->getOperands()))
      if (mapping.lookupOrDefault(y) != x && !ofScore(x, loop) && !ofScore(y, other))
        return false;
  return true;
}

/// The loops from `front` on that become one. What stands between them is movable, and needs none of them.
static SmallVector<tile::ForKeysOp> findLoops(tile::ForKeysOp front) {
  SmallVector<tile::ForKeysOp> loops = {front};
  llvm::SmallPtrSet<Operation *, 16> later = {front};
  auto isLater = [&](Value value) { return later.contains(value.getDefiningOp()); };
  for (Operation *op = front->getNextNode(); op; op = op->getNextNode()) {
    if (auto loop = dyn_cast<tile::ForKeysOp>(op)) {
      auto isThis = [&](Operation *user) { return user == op; };
      if (!llvm::equal(loop.getInits(), loops.back().getResults()) || isLater(loop.getLo()) || isLater(loop.getHi()) ||
          !llvm::all_of(loops.back()->getUsers(), isThis) || !areAlike(front, loop))
        break;
      loops.push_back(loop);
      later.insert(op);
    } else if (!isMovable(op) || llvm::any_of(op->getOperands(), isLater)) {
      break;
    }
  }
  return loops;
}

//===- the loop -----------------------------------------------------------------===//

namespace {
/// The body of one of the loops: what is of its scores, and the rest, in order. `toFirst` leads to what is the same in
/// the first of the loops.
struct Body {
  SmallVector<Operation *> common, ofScores;
  IRMapping toFirst;
};
} // namespace

/// Clones what `values` and `roots` of a loop's scores are computed from, and them, in their order.
static void cloneScores(OpBuilder &b, const Body &body, ValueRange values, ArrayRef<Operation *> roots,
                        IRMapping &mapping) {
  llvm::SmallPtrSet<Operation *, 16> ofScores(body.ofScores.begin(), body.ofScores.end()), wanted;
  SmallVector<Operation *> work(roots);
  auto add = [&](Value value) {
    if (ofScores.contains(value.getDefiningOp()))
      work.push_back(value.getDefiningOp());
  };
  llvm::for_each(values, add);
  while (!work.empty()) {
    Operation *op = work.pop_back_val();
    if (wanted.insert(op).second)
      llvm::for_each(op->getOperands(), add);
  }
  for (Operation *op : body.ofScores)
    if (wanted.contains(op))
      b.clone(*op, mapping);
}

/// Puts a switch over the ranges before each op of the first body that takes something else in the others, or behind
/// tables that are filled there.
static void switchScores(IRRewriter &b, Value range, ArrayRef<Body> bodies) {
  for (auto [number, op] : llvm::enumerate(bodies[0].common)) {
    Operation *common = op;
    auto operandIn = [&, at = number](const Body &body, unsigned i) { return body.common[at]->getOperand(i); };
    SmallVector<unsigned> differing;
    for (unsigned i = 0; i < common->getNumOperands(); ++i)
      if (llvm::any_of(bodies.drop_front(), [&](const Body &body) {
            return body.toFirst.lookupOrDefault(operandIn(body, i)) != common->getOperand(i);
          }))
        differing.push_back(i);
    SmallVector<SmallVector<Operation *>> tables = llvm::map_to_vector(bodies, [&, at = number](const Body &body) {
      SmallVector<Operation *> filled;
      for (Operation *op = body.common[at]->getPrevNode(); op && !isCommon(*op); op = op->getPrevNode())
        if (isa<TabulateOp>(op))
          filled.push_back(op);
      return filled;
    });
    if (differing.empty() && llvm::all_of(tables, [](auto &filled) { return filled.empty(); }))
      continue;
    b.setInsertionPoint(common);
    auto types = llvm::map_to_vector(differing, [&](unsigned i) { return common->getOperand(i).getType(); });
    SmallVector<int64_t> cases = llvm::to_vector(llvm::seq<int64_t>(bodies.size() - 1));
    auto choice = scf::IndexSwitchOp::create(b, common->getLoc(), types, range, cases, cases.size());
    for (auto [loop, body] : llvm::enumerate(bodies)) {
      OpBuilder::InsertionGuard guard(b);
      b.createBlock(loop < cases.size() ? &choice.getCaseRegions()[loop] : &choice.getDefaultRegion());
      SmallVector<Value> values;
      for (unsigned i : differing)
        values.push_back(operandIn(body, i));
      IRMapping mapping(body.toFirst);
      cloneScores(b, body, values, tables[loop], mapping);
      for (Value &value : values)
        value = mapping.lookupOrDefault(value);
      scf::YieldOp::create(b, common->getLoc(), values);
    }
    for (auto [i, result] : llvm::zip_equal(differing, choice.getResults()))
      common->setOperand(i, result);
  }
  for (Operation *op : llvm::reverse(bodies[0].ofScores))
    b.eraseOp(op);
}

static void convertLoops(IRRewriter &b, ArrayRef<tile::ForKeysOp> loops) {
  tile::ForKeysOp front = loops.front(), back = loops.back();
  for (Operation *op = front, *next; op != back; op = next) {
    next = op->getNextNode();
    if (!isa<tile::ForKeysOp>(op))
      b.moveOpBefore(op, front);
  }
  b.setInsertionPoint(front);
  Num n(b, front.getLoc());
  Ranges ranges(n, loops);
  auto loop = scf::ForOp::create(b, n.loc, n.i32(0), ranges.numTiles(), n.i32(1), front.getInits());
  if (loop.getInits().empty()) // that of the body is taken
    b.eraseOp(loop.getBody()->getTerminator());
  b.setInsertionPointToStart(loop.getBody());
  Ranges::TileCoord coord = ranges.coordOf(n, loop.getInductionVar());
  SmallVector<Value> arguments = {coord.first, coord.count};
  llvm::append_range(arguments, loop.getRegionIterArgs());
  SmallVector<Body> bodies;
  for (tile::ForKeysOp each : loops) {
    Body &body = bodies.emplace_back();
    for (Operation &op : *each.getLoopBody())
      (isCommon(op) ? body.common : body.ofScores).push_back(&op);
    body.toFirst.map(each.getLoopBody()->getArguments(), arguments);
    for (auto [x, y] : llvm::zip_equal(body.common, bodies[0].common))
      body.toFirst.map(x->getResults(), y->getResults());
  }
  b.inlineBlockBefore(front.getLoopBody(), loop.getBody(), loop.getBody()->end(), arguments);
  if (loops.size() > 1)
    switchScores(b, coord.range, bodies);
  Operation *yield = loop.getBody()->getTerminator();
  b.setInsertionPoint(yield);
  b.replaceOpWithNewOp<scf::YieldOp>(yield, yield->getOperands());
  b.replaceAllUsesWith(back.getResults(), loop.getResults());
  for (tile::ForKeysOp each : llvm::reverse(loops))
    b.eraseOp(each);
}

LogicalResult camber::pipeline::convertKeyLoops(tile::KernelOp kernel) {
  IRRewriter b(kernel.getContext());
  WalkResult nested = kernel.walk([&](tile::ForKeysOp loop) {
    if (loop->getParentOp() == kernel)
      return WalkResult::advance();
    loop.emitOpError() << "must be in the block of its tile.kernel, got " << loop->getParentOp()->getName()
                       << "; the threads of a block step through keys together, one loop after the other";
    return WalkResult::interrupt();
  });
  if (nested.wasInterrupted())
    return failure();
  for (auto all = kernel.getBody().front().getOps<tile::ForKeysOp>(); !all.empty();
       all = kernel.getBody().front().getOps<tile::ForKeysOp>())
    convertLoops(b, findLoops(*all.begin()));
  return success();
}
