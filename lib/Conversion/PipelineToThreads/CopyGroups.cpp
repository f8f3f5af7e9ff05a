// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How many copies may still be under way when a wait ends.
#include "CopyGroups.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace camber::pipeline;

namespace {
/// Copies that began after that of each token.
using Ages = DenseMap<Value, int64_t>;

class Counter {
public:
  DenseMap<Operation *, int64_t> counts;
  void visit(Block &block, Ages &ages);

private:
  void visitLoop(scf::ForOp loop, Ages &ages);
};
} // namespace

void Counter::visitLoop(scf::ForOp loop, Ages &ages) {
  // A carried token is as old as the younger of what comes in and what the body yields; tokens from outside grow older
  // with every turn, so the first turn has the fewest copies after them.
  Operation *yield = loop.getBody()->getTerminator();
  Ages entry = ages;
  auto tokens = llvm::make_filter_range(llvm::seq<unsigned>(0, loop.getNumRegionIterArgs()),
                                        [&](unsigned i) { return isa<TokenType>(loop.getInitArgs()[i].getType()); });
  for (unsigned i : tokens)
    entry[loop.getRegionIterArg(i)] = ages.lookup(loop.getInitArgs()[i]);
  Ages end;
  for (bool changed = true; changed;) {
    changed = false;
    end = entry;
    visit(*loop.getBody(), end);
    for (unsigned i : tokens) {
      int64_t &age = entry[loop.getRegionIterArg(i)];
      int64_t yielded = end.lookup(yield->getOperand(i));
      if (yielded < age)
        age = yielded, changed = true;
    }
  }
  for (unsigned i : tokens)
    ages[loop.getResult(i)] = std::min(ages.lookup(loop.getInitArgs()[i]), end.lookup(yield->getOperand(i)));
}

void Counter::visit(Block &block, Ages &ages) {
  for (Operation &op : block) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      visitLoop(loop, ages);
    } else if (isa<CopyRowsOp, CopyKeysOp>(op)) {
      for (auto &entry : ages)
        ++entry.second;
      ages[op.getResult(0)] = 0;
    } else if (auto wait = dyn_cast<WaitOp>(op)) {
      int64_t least = INT64_MAX;
      for (Value token : wait.getTokens())
        least = std::min(least, ages.lookup(token));
      counts[wait] = wait.getTokens().empty() ? 0 : least;
    }
  }
}

DenseMap<Operation *, int64_t> camber::pipeline::countPendingCopies(func::FuncOp function) {
  Counter counter;
  Ages ages;
  counter.visit(function.getBody().front(), ages);
  return std::move(counter.counts);
}
