// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the values of a score body depend on; the header has the lattice.
#include "camber/Dialect/Attn/ScoreDependence.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Operation.h"

using namespace mlir;
using namespace camber::attn;

Dependence camber::attn::join(Dependence a, Dependence b) {
  if (a == b || b == Dependence::uniform)
    return a;
  if (a == Dependence::uniform)
    return b;
  auto hasHead = [](Dependence d) { return d == Dependence::row || d == Dependence::diagonal; };
  if (a == Dependence::head && hasHead(b))
    return b;
  if (b == Dependence::head && hasHead(a))
    return a;
  return Dependence::pair;
}

bool ScoreDependence::isDistance(Operation *op) const {
  if (!isa<arith::SubIOp, arith::SubFOp>(op))
    return false;
  auto source = [](Value value) {
    while (Operation *conversion = value.getDefiningOp()) {
      if (!isa<arith::SIToFPOp, arith::ExtSIOp, arith::IndexCastOp>(conversion))
        break;
      value = conversion->getOperand(0);
    }
    return value;
  };
  return llvm::is_contained(positions, std::pair(source(op->getOperand(1)), source(op->getOperand(0))));
}

Dependence ScoreDependence::of(Value value) {
  // A stack, not recursion: a chain is as long as its author makes it.
  SmallVector<Value> wanted = {value};
  while (!wanted.empty()) {
    Value next = wanted.back();
    Operation *op = next.getDefiningOp();
    if (known.contains(next)) {
      wanted.pop_back();
      continue;
    }
    if (!op) {
      auto argument = cast<BlockArgument>(next);
      if (argument.getOwner() == &body) {
        known[next] = Dependence::uniform;
        wanted.pop_back();
        continue;
      }
      op = argument.getOwner()->getParentOp(); // what it makes of its operands
    }
    size_t before = wanted.size();
    Dependence result = Dependence::uniform;
    auto use = [&](Value operand) {
      auto found = known.find(operand);
      if (found == known.end())
        wanted.push_back(operand);
      else
        result = join(result, found->second);
    };
    llvm::for_each(op->getOperands(), use);
    for (Region &region : op->getRegions())
      region.walk([&](Operation *inner) {
        for (Value operand : inner->getOperands())
          if (!region.isAncestor(operand.getParentRegion()))
            use(operand);
      });
    if (wanted.size() != before)
      continue;
    known[next] = isDistance(op) ? Dependence::diagonal : result;
    wanted.pop_back();
  }
  return known.lookup(value);
}
