// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// When copies begin and who waits for them: moves pipeline.acquire, copy_rows, copy_keys and commit; adds wait, barrier
// and release.
//
// The patterns leave every copy where its tile was loaded. A loop with copies C0 … Cn-1, in the order in which their
// stages are read, becomes
//
//     copy C0(0)
//     loop over t:   wait C0(t), barrier                                     copy C1(t)       readers of C0(t)
//                    wait C1(t) and the readers, barrier    release C0(t)    copy C2(t)       readers of C1(t)
//                    …                                                       copy C0(t + 1)   …
//
// A copy begins behind the first barrier after which nobody reads what its stage held before. Of C0(t + 1) that is the
// last one, or, where its ring has a second stage, the first.
#include "Patterns.h"
#include "camber/Support/Num.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

namespace {
/// A copy, by its commit, and the first and the last op of a block that read its stage or hold ops that do.
struct Copy {
  CommitOp commit;
  Operation *firstReader = nullptr, *lastReader = nullptr;
  SmallVector<Value> products; ///< tokens of those that read the stage

  Copy(CommitOp commit, Block *block) : commit(commit) {
    for (Operation *user : commit.getStage().getUsers()) {
      Operation *reader = isOfCopy(user) ? nullptr : block->findAncestorOpInBlock(*user);
      if (!reader)
        continue;
      if (reader == user && isa<DotOp, AccumulateOp>(user))
        products.push_back(user->getResults().back());
      if (!firstReader || reader->isBeforeInBlock(firstReader))
        firstReader = reader;
      if (!lastReader || lastReader->isBeforeInBlock(reader))
        lastReader = reader;
    }
  }
  static bool isOfCopy(Operation *op) { return isa<AcquireOp, CopyRowsOp, CopyKeysOp, CommitOp>(op); }
};

/// The copies of a loop's body.
class LoopSchedule {
public:
  LoopSchedule(IRRewriter &b, scf::ForOp loop) : b(b), loop(loop) {
    for (auto commit : loop.getBody()->getOps<CommitOp>())
      copies.emplace_back(commit, loop.getBody());
    llvm::erase_if(copies, [](const Copy &copy) { return !copy.firstReader; });
    llvm::sort(copies, [](Copy x, Copy y) {
      return x.firstReader == y.firstReader ? x.commit->isBeforeInBlock(y.commit)
                                            : x.firstReader->isBeforeInBlock(y.firstReader);
    });
  }
  bool isEmpty() const { return copies.empty(); }

  /// Returns the token of the last copy, which nobody reads; the loop waits for `others`, too, before it reads
  /// anything.
  FailureOr<Value> apply(ValueRange others);

private:
  /// What a copy is computed from in the body, and it, from acquire to commit; in order.
  SmallVector<Operation *> sliceOf(CommitOp commit);
  /// Clones a copy for another tile, whose number stands for the induction variable.
  Value cloneFor(Value number, ArrayRef<Operation *> slice);
  void waitFor(ValueRange tokens);
  void moveToInsertionPoint(CommitOp commit);
  void release(const Copy &copy);
  void addBarriersForTables();

  IRRewriter &b;
  scf::ForOp loop;
  SmallVector<Copy> copies;
};
} // namespace

SmallVector<Operation *> LoopSchedule::sliceOf(CommitOp commit) {
  SmallVector<Operation *> slice;
  SmallVector<Operation *> work(
      llvm::make_filter_range(commit.getStage().getUsers(), [](Operation *user) { return Copy::isOfCopy(user); }));
  llvm::SmallPtrSet<Operation *, 16> wanted(work.begin(), work.end());
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
void LoopSchedule::moveToInsertionPoint(CommitOp commit) {
  Operation *before = &*b.getInsertionPoint();
  for (Operation *op : sliceOf(commit))
    if (Copy::isOfCopy(op) || !op->isBeforeInBlock(before))
      b.moveOpBefore(op, before);
}

/// Releases the stage of a copy behind its last reader.
void LoopSchedule::release(const Copy &copy) {
  b.setInsertionPointAfter(copy.lastReader);
  if (!copy.products.empty())
    WaitOp::create(b, loop.getLoc(), copy.products);
  ReleaseOp::create(b, loop.getLoc(), CommitOp(copy.commit).getStage());
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
  SmallVector<Operation *> slice = sliceOf(ahead.commit);
  for (Operation *op : slice) {
    bool isMovable = !op->getNumRegions() && (isMemoryEffectFree(op) || hasSingleEffect<MemoryEffects::Read>(op));
    if ((!isMovable && !Copy::isOfCopy(op)) || llvm::any_of(op->getOperands(), [&](Value operand) {
          return llvm::is_contained(loop.getRegionIterArgs(), operand);
        }))
      return ahead.commit.emitOpError(
          "must be of a copy that depends on the number of its tile alone: it is made while "
          "the tile before is read");
  }
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
  b.setInsertionPoint(ahead.commit);
  waitFor(tokens);
  SmallVector<Copy> unreleased;
  for (auto [copy, before] : llvm::zip_equal(ArrayRef(copies).drop_front(), ArrayRef(copies).drop_back())) {
    moveToInsertionPoint(copy.commit);
    tokens = {copy.commit->getResult(0)};
    if (!before.lastReader->isBeforeInBlock(copy.firstReader)) { // it is read on behind the barrier
      b.setInsertionPoint(copy.firstReader);
      waitFor(tokens);
      unreleased.push_back(before);
      continue;
    }
    b.setInsertionPointAfter(before.lastReader);
    llvm::append_range(tokens, before.products);
    waitFor(tokens);
    ReleaseOp::create(b, loop.getLoc(), CommitOp(before.commit).getStage());
  }
  auto stage = CommitOp(ahead.commit).getStage().getDefiningOp<StageOp>();
  bool hasMoreStages = stage && stage.getRing().getType().getStages() > 1, isOnly = copies.size() == 1;
  if (hasMoreStages) {
    b.setInsertionPoint(ahead.firstReader);
  } else if (isOnly || !ahead.lastReader->isBeforeInBlock(&*b.getInsertionPoint())) {
    release(ahead);
    llvm::erase_if(unreleased, [&](Copy copy) { return copy.commit == ahead.commit; });
    BarrierOp::create(b, loop.getLoc());
  }
  next = cloneFor(nextTile, slice);
  if (hasMoreStages || !isOnly)
    unreleased.push_back(copies.back());
  llvm::for_each(unreleased, [&](const Copy &copy) { release(copy); });
  for (Operation *op : llvm::reverse(slice))
    if (Copy::isOfCopy(op))
      b.eraseOp(op);
  body->getTerminator()->setOperand(loop.getNumRegionIterArgs() - 1, next);
  addBarriersForTables();
  return loop.getResults().back();
}

/// A product is waited for before what it computes is used, where no wait stands there yet.
static void waitForProducts(IRRewriter &b, func::FuncOp function) {
  function.walk([&](Operation *op) {
    if (!isa<DotOp, AccumulateOp>(op))
      return;
    Operation *use = nullptr;
    for (Operation *user : op->getResult(0).getUsers())
      if (Operation *found = op->getBlock()->findAncestorOpInBlock(*user); !use || found->isBeforeInBlock(use))
        use = found;
    Value token = op->getResults().back();
    auto isBefore = [&](Operation *user) {
      return isa<WaitOp>(user) && user->getBlock() == op->getBlock() && user->isBeforeInBlock(use);
    };
    if (!use || llvm::any_of(token.getUsers(), isBefore))
      return;
    b.setInsertionPoint(use);
    WaitOp::create(b, op->getLoc(), token);
  });
}

LogicalResult camber::pipeline::scheduleCopies(func::FuncOp function) {
  IRRewriter b(function.getContext());
  Block &body = function.getBody().front();
  SmallVector<Copy> pending; // what no op has waited for so far
  Value last;                // brought nothing, but it may still be under way
  Operation *lastLoop = nullptr;
  for (Operation &op : llvm::make_early_inc_range(body)) {
    if (auto commit = dyn_cast<CommitOp>(op)) {
      pending.emplace_back(commit, &body);
      continue;
    }
    SmallVector<Value> tokens;
    llvm::erase_if(pending, [&](Copy copy) {
      if (copy.firstReader != &op)
        return false;
      tokens.push_back(copy.commit.getToken());
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
  waitForProducts(b, function);
  return success();
}
