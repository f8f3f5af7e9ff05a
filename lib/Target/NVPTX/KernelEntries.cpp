// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// pipeline-emit-kernel-entries: kernels that take the argument struct by value.
#include "camber/Dialect/Schedule/PipelineDialect.h"
#include "camber/Dialect/Schedule/PipelinePasses.h"
#include "camber/Runtime/abi.h"

namespace camber::pipeline {
#define GEN_PASS_DEF_EMITKERNELENTRIES
#include "camber/Dialect/Schedule/PipelinePasses.h.inc"
} // namespace camber::pipeline

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

namespace {
class EntryBuilder {
public:
  explicit EntryBuilder(func::FuncOp function) : function(function), b(function), loc(function.getLoc()) {}
  void build();

private:
  Type i64() { return b.getI64Type(); }
  Type pointer(unsigned space = 0) { return LLVM::LLVMPointerType::get(b.getContext(), space); }
  Value constant(int64_t v) { return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(v)); }
  Value load(Value base, int64_t offset, Type type) {
    Value at = LLVM::GEPOp::create(b, loc, pointer(), b.getI8Type(), base,
                                   ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
    return LLVM::LoadOp::create(b, loc, type, at, /*alignment=*/8);
  }
  /// What a function takes for an operand, from its address in global memory.
  Value operand(Type type, Value global, ArrayRef<Value> sizes, ArrayRef<Value> strides);

  func::FuncOp function;
  OpBuilder b;
  Location loc;
};
} // namespace

Value EntryBuilder::operand(Type type, Value global, ArrayRef<Value> sizes, ArrayRef<Value> strides) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return LLVM::LoadOp::create(b, loc, type, global);
  int64_t rank = memref.getRank();
  SmallVector<Type> members = {pointer(), pointer(), i64()};
  if (rank)
    members.append(2, LLVM::LLVMArrayType::get(i64(), rank));
  Value value = LLVM::UndefOp::create(b, loc, LLVM::LLVMStructType::getLiteral(b.getContext(), members));
  auto insert = [&](Value v, ArrayRef<int64_t> position) {
    value = LLVM::InsertValueOp::create(b, loc, value, v, position);
  };
  Value generic = LLVM::AddrSpaceCastOp::create(b, loc, pointer(), global);
  insert(generic, {0});
  insert(generic, {1});
  insert(constant(0), {2});
  for (int64_t dim = 0; dim < rank; ++dim) {
    insert(sizes[dim], {3, dim});
    insert(strides[dim], {4, dim});
  }
  return UnrealizedConversionCastOp::create(b, loc, type, value).getResult(0);
}

void EntryBuilder::build() {
  // operands, splits, partials, norms
  unsigned count = function.getNumArguments() - 3;
  int64_t structBytes = sizeof(camber_args_header) + count * sizeof(camber_tensor);
  Block *body = &function.getBody().front();
  Block *entry = b.createBlock(&function.getBody(), function.getBody().begin(),
                               {pointer(), i64(), pointer(1), pointer(1)}, {loc, loc, loc, loc});
  Value args = entry->getArgument(0);
  Value batch = load(args, offsetof(camber_args_header, batch), i64());
  Value qLen = load(args, offsetof(camber_args_header, q_len), i64());
  Value kvLen = load(args, offsetof(camber_args_header, kv_len), i64());
  for (unsigned i = 0; i < count; ++i) {
    int64_t base = sizeof(camber_args_header) + i * sizeof(camber_tensor);
    Value data = load(args, base + offsetof(camber_tensor, data), pointer());
    Value global = LLVM::AddrSpaceCastOp::create(b, loc, pointer(1), data);
    SmallVector<Value> sizes, strides;
    for (auto [dim, attr] : llvm::enumerate(function.getArgAttrOfType<ArrayAttr>(i, "attn.dims"))) {
      auto symbol = dyn_cast<StringAttr>(attr);
      Value blocks = arith::CeilDivUIOp::create(b, loc, kvLen, constant(CAMBER_KEY_BLOCK));
      sizes.push_back(!symbol                         ? constant(cast<IntegerAttr>(attr).getInt())
                      : symbol.getValue() == "batch"  ? batch
                      : symbol.getValue() == "q_len"  ? qLen
                      : symbol.getValue() == "kv_len" ? kvLen
                                                      : blocks);
      strides.push_back(load(args, base + offsetof(camber_tensor, strides) + 8 * dim, i64()));
    }
    body->getArgument(i).replaceAllUsesWith(operand(function.getArgumentTypes()[i], global, sizes, strides));
  }
  auto index = [&](Value v) { return arith::IndexCastOp::create(b, loc, b.getIndexType(), v); };
  body->getArgument(count).replaceAllUsesWith(index(entry->getArgument(1)));
  for (unsigned i : {1, 2})
    body->getArgument(count + i).replaceAllUsesWith(
        operand(function.getArgumentTypes()[count + i], entry->getArgument(1 + i), constant(INT64_MAX), constant(1)));
  entry->getOperations().splice(entry->end(), body->getOperations());
  body->erase();
  b.setInsertionPoint(function);
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), llvm::to_vector(entry->getArgumentTypes()));
  auto kernel = LLVM::LLVMFuncOp::create(b, loc, function.getName(), type);
  kernel.getBody().takeBody(function.getBody());
  for (auto done : llvm::make_early_inc_range(kernel.getBody().getOps<func::ReturnOp>())) {
    b.setInsertionPoint(done);
    LLVM::ReturnOp::create(b, loc, ValueRange{});
    done.erase();
  }
  auto structType = LLVM::LLVMArrayType::get(i64(), structBytes / 8);
  kernel.setArgAttr(0, "llvm.byval", TypeAttr::get(structType));
  kernel.setArgAttr(0, "llvm.align", b.getI64IntegerAttr(8));
  kernel.setArgAttr(0, "nvvm.grid_constant", b.getUnitAttr());
  auto schedule = function->getAttrOfType<ScheduleAttr>("camber.schedule");
  kernel->setAttr("nvvm.kernel", b.getUnitAttr());
  kernel->setAttr("nvvm.reqntid", b.getDenseI32ArrayAttr({static_cast<int32_t>(schedule.getThreads()), 1, 1}));
  kernel.setPassthroughAttr(b.getArrayAttr(
      {b.getArrayAttr({b.getStringAttr("denormal-fp-math-f32"), b.getStringAttr("preserve-sign,preserve-sign")})}));
  function.erase();
}

namespace {
struct EmitKernelEntries : pipeline::impl::EmitKernelEntriesBase<EmitKernelEntries> {
  void runOnOperation() override {
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (function->hasAttr("camber.shared_bytes"))
        EntryBuilder(function).build();
  }
};
} // namespace
