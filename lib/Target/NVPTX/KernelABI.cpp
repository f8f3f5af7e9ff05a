// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// pipeline-emit-kernel-abi: kernels that take the argument struct by value.
#include "camber/Dialect/Pipeline/Passes.h"
#include "camber/Dialect/Pipeline/PipelineDialect.h"
#include "camber/Dialect/Tile/Kernel.h"
#include "camber/Runtime/abi.h"
#include "camber/Target/Arguments.h"

namespace camber::pipeline {
#define GEN_PASS_DEF_EMITKERNELABI
#include "camber/Dialect/Pipeline/Passes.h.inc"
} // namespace camber::pipeline

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

/// A pointer that the kernel is given, of which LLVM knows that it leads to global memory.
static Value inGlobalMemory(OpBuilder &b, Location loc, Value pointer) {
  Type global = LLVM::LLVMPointerType::get(b.getContext(), 1), generic = LLVM::LLVMPointerType::get(b.getContext());
  if (pointer.getType() != global)
    pointer = LLVM::AddrSpaceCastOp::create(b, loc, global, pointer);
  return LLVM::AddrSpaceCastOp::create(b, loc, generic, pointer);
}

/// The number of key splits, partial results, and norms of keys as bytes.
static SmallVector<Type> extraArguments(MLIRContext *context) {
  auto buffer = [](Type element) { return MemRefType::get({ShapedType::kDynamic}, element); };
  return {IndexType::get(context), buffer(Float32Type::get(context)), buffer(IntegerType::get(context, 8))};
}

/// The function is one that convert-pipeline-to-threads leaves of those of convert-tile-to-pipeline.
static LogicalResult checkEntry(func::FuncOp function) {
  SmallVector<Type> extra = extraArguments(function.getContext());
  if (function.isExternal() || !function.getBody().hasOneBlock() || function.getNumResults() ||
      function.getNumArguments() < extra.size() ||
      !llvm::equal(function.getArgumentTypes().take_back(extra.size()), extra))
    return function.emitOpError(
        "must be one block without results and end with the arguments of a thread block: index, "
        "memref<?xf32> and memref<?xi8>; run convert-tile-to-pipeline first");
  if (!function->getAttrOfType<tile::GeometryAttr>("camber.geometry") ||
      !function->getAttrOfType<ScheduleAttr>("camber.schedule"))
    return function.emitOpError("must have a #tile.geometry as camber.geometry and a #pipeline.schedule as "
                                "camber.schedule; run convert-tile-to-pipeline first");
  for (StringRef fact : {"camber.shared_bytes", "camber.threads", "camber.prepare_q_len_min"}) {
    Attribute value = function->getAttr(fact);
    auto number = dyn_cast_or_null<IntegerAttr>(value);
    if (value && !(number && number.getType().isInteger(64)))
      return function.emitOpError() << fact << " must be a 64-bit integer, got " << value;
  }
  for (unsigned number = 0; number < function.getNumArguments() - extra.size(); ++number)
    if (failed(checkOperand(function, number)))
      return failure();
  if (!function->hasAttr("camber.threads"))
    return function.emitOpError("must have the threads of a block as camber.threads; run convert-pipeline-to-threads");
  return success();
}

static int64_t countThreads(func::FuncOp function) {
  return function->getAttrOfType<IntegerAttr>("camber.threads").getInt();
}

static void emitEntry(func::FuncOp function) {
  OpBuilder b(function);
  Location loc = function.getLoc();
  Type i64 = b.getI64Type(), pointer = LLVM::LLVMPointerType::get(b.getContext()),
       global = LLVM::LLVMPointerType::get(b.getContext(), 1);
  unsigned count = function.getNumArguments() - extraArguments(b.getContext()).size();
  Block *body = &function.getBody().front();
  Block *entry = b.createBlock(&function.getBody(), function.getBody().begin(), {pointer, i64, global, global},
                               {loc, loc, loc, loc});
  Value args = entry->getArgument(0);
  ArgumentHeader header = emitReadHeader(b, loc, args);
  for (unsigned i = 0; i < count; ++i) {
    ArgumentTensor tensor = emitReadTensor(b, function, i, args, header);
    tensor.data = inGlobalMemory(b, loc, tensor.data);
    body->getArgument(i).replaceAllUsesWith(emitOperand(b, loc, function.getArgumentTypes()[i], tensor));
  }
  body->getArgument(count).replaceAllUsesWith(
      arith::IndexCastOp::create(b, loc, b.getIndexType(), entry->getArgument(1)).getResult());
  auto constant = [&](int64_t v) -> Value { return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(v)); };
  for (unsigned i : {1, 2}) {
    ArgumentTensor workspace = {
        inGlobalMemory(b, loc, entry->getArgument(1 + i)), {constant(INT64_MAX)}, {constant(1)}};
    body->getArgument(count + i).replaceAllUsesWith(
        emitOperand(b, loc, function.getArgumentTypes()[count + i], workspace));
  }
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
  int64_t structBytes = sizeof(camber_args_header) + count * sizeof(camber_tensor);
  kernel.setArgAttr(0, "llvm.byval", TypeAttr::get(LLVM::LLVMArrayType::get(i64, structBytes / 8)));
  kernel.setArgAttr(0, "llvm.align", b.getI64IntegerAttr(8));
  kernel.setArgAttr(0, "nvvm.grid_constant", b.getUnitAttr());
  kernel->setAttr("nvvm.kernel", b.getUnitAttr());
  kernel->setAttr("nvvm.reqntid", b.getDenseI32ArrayAttr({static_cast<int32_t>(countThreads(function)), 1, 1}));
  kernel.setPassthroughAttr(b.getArrayAttr(
      {b.getArrayAttr({b.getStringAttr("denormal-fp-math-f32"), b.getStringAttr("preserve-sign,preserve-sign")})}));
  function.erase();
}

/// What a caller must know to launch the kernels: `camber.launch` of the module.
static DictionaryAttr describeLaunch(ArrayRef<func::FuncOp> functions) {
  func::FuncOp first = functions.front();
  Builder b(first.getContext());
  NamedAttrList config;
  int64_t sharedBytes = 0;
  for (func::FuncOp function : functions) {
    sharedBytes = std::max(sharedBytes, function->getAttrOfType<IntegerAttr>("camber.shared_bytes").getInt());
    if (Attribute qLenMin = function->getAttr("camber.prepare_q_len_min"))
      config.set("prepare_q_len_min", qLenMin);
  }
  auto geometry = first->getAttrOfType<tile::GeometryAttr>("camber.geometry");
  config.set("rows", b.getI64IntegerAttr(geometry.getRows()));
  config.set("packed", b.getBoolAttr(geometry.getPacked()));
  config.set("threads", b.getI64IntegerAttr(countThreads(first)));
  config.set("shared_bytes", b.getI64IntegerAttr(sharedBytes));
  return config.getDictionary(b.getContext());
}

namespace {
struct EmitKernelABI : pipeline::impl::EmitKernelABIBase<EmitKernelABI> {
  using EmitKernelABIBase::EmitKernelABIBase;
  void runOnOperation() override {
    if (failed(tile::refuseKernels(getOperation(), "convert-tile-to-pipeline")))
      return signalPassFailure();
    SmallVector<func::FuncOp> functions;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function->hasAttr("camber.shared_bytes")) {
        functions.push_back(function);
      } else if (isa_and_nonnull<ScheduleAttr>(function->getAttr("camber.schedule"))) {
        function.emitOpError("is what a thread block does; run convert-pipeline-to-threads first");
        return signalPassFailure();
      }
    }
    if (functions.empty())
      return;
    for (func::FuncOp function : functions)
      if (failed(checkEntry(function)))
        return signalPassFailure();
    DictionaryAttr config = describeLaunch(functions);
    if (int64_t bytes = cast<IntegerAttr>(config.get("shared_bytes")).getInt(); bytes > int64_t(maxSharedBytes)) {
      functions.front().emitError() << "needs " << bytes
                                    << " bytes of shared memory in a thread block, and the target has "
                                    << int64_t(maxSharedBytes) << "; use tiles of fewer rows or keys, or fewer stages";
      return signalPassFailure();
    }
    getOperation()->setAttr("camber.launch", config);
    for (func::FuncOp function : functions)
      emitEntry(function);
  }
};
} // namespace
