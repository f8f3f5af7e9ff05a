// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// convert-pipeline-to-threads: what a thread block does becomes what each of its threads does.
#include "PendingTokens.h"
#include "ThreadBlock.h"
#include "camber/Dialect/Tile/Kernel.h"
#include "camber/Dialect/Tile/ScoreStructure.h"
#include "camber/Support/Conversion.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"

namespace camber::pipeline {
#define GEN_PASS_DEF_CONVERTPIPELINETOTHREADS
#include "camber/Dialect/Pipeline/Passes.h.inc"
} // namespace camber::pipeline

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

/// Tiles become registers, rows what a thread knows of them, shared memory a pointer; a token is for the compiler only.
static void addConversions(TypeConverter &types, const ThreadBlock &block) {
  types.addConversion([](Type type) { return type; });
  types.addConversion([&](tile::TileType tile, SmallVectorImpl<Type> &registers) -> std::optional<LogicalResult> {
    ArrayRef<int64_t> shape = tile.getShape();
    size_t count = shape.size() == 1 ? block.numRows() : block.layout(shape[1]).elements.size();
    registers.append(count, Float32Type::get(tile.getContext()));
    return success();
  });
  types.addConversion([&](tile::RowsType rows, SmallVectorImpl<Type> &values) -> std::optional<LogicalResult> {
    llvm::append_range(values, ThreadRows::types(rows.getContext(), block.numRows()));
    return success();
  });
  types.addConversion([](TokenType, SmallVectorImpl<Type> &) -> std::optional<LogicalResult> { return success(); });
  auto toPointer = [](Type type) -> Type { return LLVM::LLVMPointerType::get(type.getContext(), kSharedMemory); };
  types.addConversion([=](RingType ring) { return toPointer(ring); });
  types.addConversion([=](StageType stage) { return toPointer(stage); });
  types.addConversion([=](MemRefType memref) -> std::optional<Type> {
    if (memref.getMemorySpaceAsInt() != kSharedMemory)
      return std::nullopt;
    return toPointer(memref);
  });
}

/// Rings and tables follow each other in shared memory. Returns how many bytes they are; reports the one with which
/// they are more than any such machine has. Copies are unrolled, so that a ring of gigabytes would not end.
static FailureOr<int64_t> placeInSharedMemory(func::FuncOp function, ThreadBlock &block) {
  int64_t bytes = 0;
  WalkResult all = function.walk([&](Operation *op) -> WalkResult {
    int64_t size = 0;
    if (auto ring = dyn_cast<RingOp>(op)) {
      RingType type = ring.getRing().getType();
      auto stage = StageType::get(op->getContext(), type.getRows(), type.getColumns(), type.getElementType());
      size = type.getStages() * block.machine.getStageBytes(stage);
    } else if (auto table = dyn_cast<TableOp>(op)) {
      size = 4 * std::min(cast<MemRefType>(table.getTable().getType()).getDimSize(0), attn::kMaxLength);
    } else {
      return WalkResult::advance();
    }
    if (bytes + size > block.machine.getMaxSharedBytes())
      return op->emitOpError() << "brings the shared memory of the block to " << bytes + size
                               << " bytes, and no target has more than " << block.machine.getMaxSharedBytes()
                               << "; use tiles of fewer rows or keys, or fewer stages";
    block.offsets[op] = bytes;
    bytes += llvm::alignTo(size, 128);
    return WalkResult::advance();
  });
  return all.wasInterrupted() ? FailureOr<int64_t>(failure()) : bytes;
}

/// A pointer to the shared memory of the block, whose size the launch decides.
static Value emitShared(Num &n, func::FuncOp function) {
  std::string name = (function.getName() + "_shared").str();
  auto bytes = LLVM::LLVMArrayType::get(n.b.getI8Type(), 0);
  {
    OpBuilder::InsertionGuard guard(n.b);
    n.b.setInsertionPoint(function);
    LLVM::GlobalOp::create(n.b, n.loc, bytes, /*isConstant=*/false, LLVM::Linkage::External, name, Attribute(),
                           /*alignment=*/128, /*addrSpace=*/kSharedMemory);
  }
  return LLVM::AddressOfOp::create(n.b, n.loc, LLVM::LLVMPointerType::get(n.b.getContext(), kSharedMemory), name);
}

/// Lowers the structure of score bodies to arithmetic, which a thread evaluates.
static LogicalResult lowerBodies(func::FuncOp function) {
  WalkResult left = function.walk([](Operation *op) {
    auto lowered = [&](auto found) { return WalkResult(tile::checkLowered(found)); };
    if (auto score = dyn_cast<tile::ScoreOp>(op)) {
      if (failed(tile::checkLowered(score)))
        return WalkResult::interrupt();
      tile::lowerScoreStructure(*score.getScoreBody());
    } else if (auto bound = dyn_cast<tile::StateBoundOp>(op)) {
      return lowered(bound);
    } else if (auto range = dyn_cast<tile::SkipRangeOp>(op)) {
      return lowered(range);
    } else if (isa<TabulateOp, RowValuesOp>(op)) {
      tile::lowerScoreStructure(op->getRegion(0).front());
    }
    return WalkResult::advance();
  });
  return failure(left.wasInterrupted());
}

static LogicalResult convertFunction(func::FuncOp function, MachineAttrInterface machine, BlockShape shape) {
  MLIRContext *context = function.getContext();
  if (function.isExternal() || !function.getBody().hasOneBlock() || function.getNumResults())
    return function.emitOpError("with camber.geometry and camber.schedule must be one block, without results");
  for (Type type : function.getArgumentTypes())
    if (isOfPipeline(type))
      return function.emitOpError() << "cannot take an argument of type " << type;
  if (failed(machine.verifySizes(function, shape)) || failed(lowerBodies(function)))
    return failure();
  ThreadBlock block;
  block.shape = shape, block.machine = machine;
  FailureOr<int64_t> sharedBytes = placeInSharedMemory(function, block);
  if (failed(sharedBytes))
    return failure();
  block.rowOffsets = block.layout(/*columns=*/0).rowOffsets;
  block.pending = countPending(function);
  OpBuilder b = OpBuilder::atBlockBegin(&function.getBody().front());
  Num n(b, function.getLoc());
  block.ids = machine.emitThreadIds(n, /*rematerialize=*/false);
  block.shared = emitShared(n, function);

  TypeConverter types;
  addConversions(types, block);
  RewritePatternSet patterns(context);
  ConversionTarget target(*context);
  scf::populateSCFStructuralTypeConversionsAndLegality(types, patterns, target);
  for (auto populate : {populateProgramPatterns, populateLookupPatterns, populateStagePatterns, populateProductPatterns,
                        populateScorePatterns, populateTablePatterns, populateSoftmaxPatterns, populateResultPatterns,
                        populateNormPatterns, populateSkipPatterns, populateForeignPatterns})
    populate(patterns, types, block);
  target.addIllegalDialect<tile::TileDialect, PipelineDialect>();
  target.addIllegalOp<attn::LookupOp>();
  target.addDynamicallyLegalOp<scf::IndexSwitchOp>([&](Operation *op) { return types.isLegal(op); });
  target.addDynamicallyLegalOp<scf::YieldOp>([&](Operation *op) { return types.isLegal(op); });
  target.markUnknownOpDynamicallyLegal([](Operation *op) {
    return llvm::none_of(op->getOperandTypes(), isOfPipeline) && llvm::none_of(op->getResultTypes(), isOfPipeline);
  });
  if (failed(convertIllegalOps(function, target, std::move(patterns))))
    return failure();
  function->setAttr("camber.shared_bytes", b.getI64IntegerAttr(*sharedBytes));
  function->setAttr("camber.threads", b.getI64IntegerAttr(block.numThreads()));
  return success();
}

namespace {
struct ConvertPipelineToThreads : pipeline::impl::ConvertPipelineToThreadsBase<ConvertPipelineToThreads> {
  using ConvertPipelineToThreadsBase::ConvertPipelineToThreadsBase;
  void runOnOperation() override {
    if (failed(tile::refuseKernels(getOperation(), "convert-tile-to-pipeline")))
      return signalPassFailure();
    auto attribute = machine.empty() ? Attribute() : parseAttribute(machine, &getContext());
    auto chosen = dyn_cast_or_null<MachineAttrInterface>(attribute);
    if (!chosen) {
      getOperation()->emitError() << "'" << machine
                                  << "' is no machine; set the option machine to an attribute of a target "
                                     "that implements the machine interface";
      return signalPassFailure();
    }
    for (auto function : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      auto geometry = function->getAttrOfType<tile::GeometryAttr>("camber.geometry");
      auto schedule = function->getAttrOfType<ScheduleAttr>("camber.schedule");
      bool isConverted = function->hasAttr("camber.shared_bytes");
      if (geometry && schedule && !isConverted && failed(convertFunction(function, chosen, {geometry, schedule})))
        return signalPassFailure();
    }
  }
};
} // namespace
