// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many copies and products may still be under way when a wait ends.
#include "PendingTokens.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace camber::pipeline;

namespace {
/// Tokens of copies and of products, and how many of the same kind began after each.
struct Ages {
  DenseMap<Value, int64_t> copies, products;
};

class Counter {
public:
  DenseMap<Operation *, Pending> pending;
  void visit(Block &block, Ages &ages);

private:
  void visitLoop(scf::ForOp loop, Ages &ages);
};
} // namespace

static void begin(DenseMap<Value, int64_t> &ages, Value token) {
  for (auto &entry : ages)
    ++entry.second;
  ages[token] = 0;
}

/// The age of the youngest of the tokens that are of a kind; none where none is.
static std::optional<int64_t> youngest(const DenseMap<Value, int64_t> &ages, ValueRange tokens) {
  std::optional<int64_t> least;
  for (Value token : tokens)
    if (auto found = ages.find(token); found != ages.end())
      least = std::min(least.value_or(found->second), found->second);
  return least;
}

void Counter::visitLoop(scf::ForOp loop, Ages &ages) {
  // A carried token is as old as the younger of what comes in and what the body yields; tokens from outside grow older
  // with every iteration, so the first one has the fewest after them.
  Operation *yield = loop.getBody()->getTerminator();
  DenseMap<Value, int64_t> Ages::*kinds[] = {&Ages::copies, &Ages::products};
  Ages entry = ages;
  for (auto kind : kinds)
    for (auto [argument, init] : llvm::zip_equal(loop.getRegionIterArgs(), loop.getInitArgs()))
      if (auto age = youngest(ages.*kind, init))
        (entry.*kind)[argument] = *age;
  Ages end;
  for (bool changed = true; changed;) {
    changed = false;
    end = entry;
    visit(*loop.getBody(), end);
    for (auto kind : kinds)
      for (auto [argument, yielded] : llvm::zip_equal(loop.getRegionIterArgs(), yield->getOperands()))
        if (auto before = (entry.*kind).find(argument), after = (end.*kind).find(yielded);
            before != (entry.*kind).end() && after != (end.*kind).end() && after->second < before->second)
          before->second = after->second, changed = true;
  }
  for (auto kind : kinds)
    for (auto [i, result] : llvm::enumerate(loop.getResults()))
      if (auto init = youngest(ages.*kind, loop.getInitArgs()[i]), last = youngest(end.*kind, yield->getOperand(i));
          init && last)
        (ages.*kind)[result] = std::min(*init, *last);
}

void Counter::visit(Block &block, Ages &ages) {
  for (Operation &op : block) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      visitLoop(loop, ages);
    else if (auto commit = dyn_cast<CommitOp>(op))
      begin(ages.copies, commit.getToken());
    else if (auto dot = dyn_cast<DotOp>(op))
      begin(ages.products, dot.getDone());
    else if (auto accumulate = dyn_cast<AccumulateOp>(op))
      begin(ages.products, accumulate.getDone());
    else if (auto wait = dyn_cast<WaitOp>(op))
      pending[wait] = {youngest(ages.copies, wait.getTokens()), youngest(ages.products, wait.getTokens())};
  }
}

DenseMap<Operation *, Pending> camber::pipeline::countPending(func::FuncOp function) {
  Counter counter;
  Ages ages;
  counter.visit(function.getBody().front(), ages);
  return std::move(counter.pending);
}
