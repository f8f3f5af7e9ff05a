// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// When copies begin and who waits for them: moves pipeline.copy_rows and copy_keys, adds pipeline.wait and barrier.
//
// The patterns leave every copy where its tile was loaded. A loop with copies C0 … Cn-1, in the order in which their
// stages are read, becomes
//
//     copy C0(0)
//     loop over t:   wait C0(t), barrier     copy C1(t)       readers of C0(t)
//                    wait C1(t), barrier     copy C2(t)       readers of C1(t)
//                    …                       copy C0(t + 1)   …
//
// A copy begins behind the first barrier after which nobody reads what its stage held before. Of C0(t + 1) that is the
// last one, or, where its ring has a second stage, the first.
#include "Patterns.h"
#include "camber/Support/Num.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

static bool isCopy(Operation *op) { return isa<CopyRowsOp, CopyKeysOp>(op); }

static TypedValue<StageType> stageOf(Operation *copy) {
  if (auto rows = dyn_cast<CopyRowsOp>(copy))
    return rows.getStage();
  return cast<CopyKeysOp>(copy).getStage();
}

namespace {
/// A copy, and the first and the last op of a block that read its stage or hold ops that do.
struct Copy {
  Operation *op, *firstReader = nullptr, *lastReader = nullptr;

  Copy(Operation *op, Block *block) : op(op) {
    for (Operation *user : stageOf(op).getUsers()) {
      Operation *reader = user == op ? nullptr : block->findAncestorOpInBlock(*user);
      if (!reader)
        continue;
      if (!firstReader || reader->isBeforeInBlock(firstReader))
        firstReader = reader;
      if (!lastReader || lastReader->isBeforeInBlock(reader))
        lastReader = reader;
    }
  }
  Value token() const { return op->getResult(0); }
};

/// The copies of a loop's body.
class LoopSchedule {
public:
  LoopSchedule(IRRewriter &b, scf::ForOp loop) : b(b), loop(loop) {
    for (Operation &op : *loop.getBody())
      if (isCopy(&op))
        copies.emplace_back(&op, loop.getBody());
    llvm::erase_if(copies, [](const Copy &copy) { return !copy.firstReader; });
    llvm::sort(copies, [](const Copy &x, const Copy &y) {
      return x.firstReader == y.firstReader ? x.op->isBeforeInBlock(y.op)
                                            : x.firstReader->isBeforeInBlock(y.firstReader);
    });
  }
  bool isEmpty() const { return copies.empty(); }

  /// Returns the token of the last copy, which nobody reads; the loop waits for `others`, too, before it reads
  /// anything.
  FailureOr<Value> apply(ValueRange others);

private:
  /// What a copy is computed from in the body, in order, and the copy.
  SmallVector<Operation *> sliceOf(Operation *copy);
  /// Clones a copy for another tile, whose number stands for the induction variable.
  Value cloneFor(Value number, ArrayRef<Operation *> slice);
  void waitFor(ValueRange tokens);
  void moveToInsertionPoint(Operation *copy);
  void addBarriersForTables();

  IRRewriter &b;
  scf::ForOp loop;
  SmallVector<Copy> copies;
};
} // namespace

SmallVector<Operation *> LoopSchedule::sliceOf(Operation *copy) {
  llvm::SmallPtrSet<Operation *, 16> wanted = {copy};
  SmallVector<Operation *> work = {copy}, slice;
  while (!work.empty())
    for (Value operand : work.pop_back_val()->getOperands())
      if (Operation *op = operand.getDefiningOp(); op && op->getBlock() == loop.getBody() && wanted.insert(op).second)
        work.push_back(op);
  for (Operation &op : *loop.getBody())
    if (wanted.contains(&op))
      slice.push_back(&op);
  return slice;
}

Value LoopSchedule::cloneFor(Value number, ArrayRef<Operation *> slice) {
  IRMapping mapping;
  mapping.map(loop.getInductionVar(), number);
  for (Operation *op : slice)
    b.clone(*op, mapping);
  return mapping.lookup(slice.back()->getResult(0));
}

void LoopSchedule::waitFor(ValueRange tokens) {
  WaitOp::create(b, loop.getLoc(), tokens);
  BarrierOp::create(b, loop.getLoc());
}

/// Moves a copy to the insertion point, with what it needs from below it.
void LoopSchedule::moveToInsertionPoint(Operation *copy) {
  Operation *before = &*b.getInsertionPoint();
  for (Operation *op : sliceOf(copy))
    if (op == copy || !op->isBeforeInBlock(before))
      b.moveOpBefore(op, before);
}

/// A table is filled between two barriers: one after which nobody reads what it held, and one before it is read.
void LoopSchedule::addBarriersForTables() {
  Block *body = loop.getBody();
  auto hasBarrier = [](Operation *from, Operation *to) {
    for (Operation *op = from; op != to; op = op->getNextNode())
      if (isa<BarrierOp>(op))
        return true;
    return false;
  };
  SmallVector<TabulateOp> all;
  body->walk([&](TabulateOp op) { all.push_back(op); });
  for (TabulateOp op : all) {
    Operation *filled = body->findAncestorOpInBlock(*op);
    if (!hasBarrier(&body->front(), filled)) {
      b.setInsertionPoint(filled);
      BarrierOp::create(b, op.getLoc());
    }
    for (Operation *user : op.getTable().getUsers()) {
      Operation *reader = isa<TabulateOp>(user) ? nullptr : body->findAncestorOpInBlock(*user);
      if (reader && filled->isBeforeInBlock(reader) && !hasBarrier(filled, reader)) {
        b.setInsertionPoint(reader);
        BarrierOp::create(b, op.getLoc());
      }
    }
  }
}

FailureOr<Value> LoopSchedule::apply(ValueRange others) {
  Copy ahead = copies.front();
  SmallVector<Operation *> slice = sliceOf(ahead.op);
  for (Operation *op : ArrayRef(slice).drop_back())
    if (op->getNumRegions() || !(isMemoryEffectFree(op) || hasSingleEffect<MemoryEffects::Read>(op)) ||
        llvm::any_of(op->getOperands(), [&](Value v) { return llvm::is_contained(loop.getRegionIterArgs(), v); }))
      return ahead.op->emitOpError("must depend on the number of its tile alone, to be made before others end");
  b.setInsertionPoint(loop);
  Value first = cloneFor(loop.getLowerBound(), slice);
  auto carry = [](OpBuilder &, Location, ArrayRef<BlockArgument> carried) {
    return SmallVector<Value>(carried.begin(), carried.end()); // replaced below
  };
  loop = cast<scf::ForOp>(*loop.replaceWithAdditionalYields(b, first, /*replaceInitOperandUsesInLoop=*/false, carry));
  Block *body = loop.getBody();
  b.setInsertionPointToStart(body);
  Num n(b, loop.getLoc());
  Value nextTile = n.add(loop.getInductionVar(), loop.getStep()), next;
  SmallVector<Value> tokens = {loop.getRegionIterArgs().back()};
  llvm::append_range(tokens, others);
  b.setInsertionPoint(ahead.op);
  waitFor(tokens);
  auto rest = ArrayRef(copies).drop_front();
  for (const Copy &copy : rest) {
    moveToInsertionPoint(copy.op);
    Operation *read = (&copy - 1)->lastReader;
    if (copy.firstReader->isBeforeInBlock(read) || copy.firstReader == read)
      b.setInsertionPoint(copy.firstReader);
    else
      b.setInsertionPointAfter(read);
    waitFor(copy.token());
  }
  if (auto stage = stageOf(ahead.op).getDefiningOp<StageOp>(); stage && stage.getRing().getType().getStages() > 1) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(ahead.firstReader);
    next = cloneFor(nextTile, slice);
  } else {
    if (rest.empty() || !ahead.lastReader->isBeforeInBlock(&*b.getInsertionPoint())) {
      b.setInsertionPointAfter(ahead.lastReader);
      BarrierOp::create(b, loop.getLoc());
    }
    next = cloneFor(nextTile, slice);
  }
  b.eraseOp(ahead.op);
  body->getTerminator()->setOperand(loop.getNumRegionIterArgs() - 1, next);
  addBarriersForTables();
  return loop.getResults().back();
}

LogicalResult camber::pipeline::scheduleCopies(func::FuncOp function) {
  IRRewriter b(function.getContext());
  Block &body = function.getBody().front();
  SmallVector<Copy> pending; // what no op has waited for so far
  Value last;                // brought nothing, but it may still be under way
  Operation *lastLoop = nullptr;
  for (Operation &op : llvm::make_early_inc_range(body)) {
    if (isCopy(&op)) {
      pending.emplace_back(&op, &body);
      continue;
    }
    SmallVector<Value> tokens;
    llvm::erase_if(pending, [&](const Copy &copy) {
      if (copy.firstReader != &op)
        return false;
      tokens.push_back(copy.token());
      return true;
    });
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      if (LoopSchedule schedule(b, loop); !schedule.isEmpty()) {
        FailureOr<Value> token = schedule.apply(tokens);
        if (failed(token))
          return failure();
        last = *token, lastLoop = last.getDefiningOp();
        continue;
      }
    }
    if (!tokens.empty()) {
      b.setInsertionPoint(&op);
      WaitOp::create(b, op.getLoc(), tokens);
      BarrierOp::create(b, op.getLoc());
    }
  }
  if (last) {
    b.setInsertionPointAfter(lastLoop);
    WaitOp::create(b, lastLoop->getLoc(), last);
  }
  return success();
}
