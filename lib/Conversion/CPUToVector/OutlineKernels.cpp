// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// cpu-outline-kernels: one function for all uses of the same register-tile kernel.
#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Dialect/CPU/Passes.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/SymbolTable.h"

namespace camber::cpu {
#define GEN_PASS_DEF_OUTLINEKERNELS
#include "camber/Dialect/CPU/Passes.h.inc"
} // namespace camber::cpu

using namespace mlir;
using namespace camber::cpu;

/// The value of a constant operand, which stays inside of the function: the trip count of a full tile is known there.
static Attribute constantOf(Value value) {
  Attribute constant;
  matchPattern(value, m_Constant(&constant));
  return constant;
}

/// Whether two kernels differ in nothing but the buffers and numbers they are called with.
static bool isSameKernel(Operation *a, Operation *b) {
  if (a->getName() != b->getName() || a->getAttrDictionary() != b->getAttrDictionary() ||
      a->getOperandTypes() != b->getOperandTypes() || a->getNumRegions() != b->getNumRegions())
    return false;
  for (auto [x, y] : llvm::zip_equal(a->getOperands(), b->getOperands()))
    if (constantOf(x) != constantOf(y))
      return false;
  for (auto [x, y] : llvm::zip_equal(a->getRegions(), b->getRegions()))
    if (!OperationEquivalence::isRegionEquivalentTo(&x, &y, OperationEquivalence::IgnoreLocations))
      return false;
  return true;
}

static SmallVector<Value> variableOperands(Operation *op) {
  return llvm::filter_to_vector(op->getOperands(), [](Value v) { return !constantOf(v); });
}

static func::FuncOp outline(Operation *op, StringRef caller, SymbolTable &symbols) {
  OpBuilder b(op->getContext());
  Location loc = op->getLoc();
  SmallVector<Value> variables = variableOperands(op);
  std::string name = (caller + "_" + op->getName().stripDialect()).str();
  auto function = func::FuncOp::create(loc, name, b.getFunctionType(TypeRange(ValueRange(variables)), {}));
  function.setPrivate();
  symbols.insert(function);
  Block *entry = function.addEntryBlock();
  b.setInsertionPointToStart(entry);
  IRMapping mapping;
  mapping.map(variables, entry->getArguments());
  for (Value operand : op->getOperands())
    if (!mapping.contains(operand))
      b.clone(*operand.getDefiningOp(), mapping);
  b.clone(*op, mapping);
  func::ReturnOp::create(b, loc);
  return function;
}

namespace {
struct OutlineKernels : camber::cpu::impl::OutlineKernelsBase<OutlineKernels> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions) {
      SmallVector<SmallVector<Operation *>> kernels; // each with all its uses
      function.walk([&](Operation *op) {
        if (!isa_and_nonnull<CPUDialect>(op->getDialect()) || op->getNumResults())
          return; // a kernel works on buffers; what has a result differs in its region anyway
        auto same = llvm::find_if(kernels, [&](auto &uses) { return isSameKernel(uses.front(), op); });
        if (same == kernels.end())
          kernels.push_back({op});
        else
          same->push_back(op);
      });
      for (ArrayRef<Operation *> uses : kernels) {
        if (uses.size() == 1)
          continue;
        func::FuncOp kernel = outline(uses.front(), function.getName(), symbols);
        for (Operation *op : uses) {
          OpBuilder b(op);
          func::CallOp::create(b, op->getLoc(), kernel, variableOperands(op));
          op->erase();
          ++numShared;
        }
      }
    }
  }
};
} // namespace
