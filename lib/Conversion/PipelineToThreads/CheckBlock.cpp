// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The form of functions that thread blocks run: shapes that divide into fragments, values with registers, one program.
#include "CheckBlock.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

/// Values that only ops of the pipeline can take.
static bool isOfPipeline(Type type) {
  return isa<tile::TileType, tile::RowsType, RingType, StageType, TokenType>(type);
}

namespace {
class Checker {
public:
  Checker(func::FuncOp function, BlockShape shape, MachineAttrInterface machine)
      : function(function), geometry(shape.geometry), schedule(shape.schedule), machine(machine) {}
  LogicalResult check();

private:
  LogicalResult checkBlock(Block &block);
  LogicalResult checkOp(Operation &op);
  LogicalResult checkStructure(Operation &op);
  LogicalResult checkValues(Operation &op);
  LogicalResult checkShared(Operation &op);
  LogicalResult checkTable(TableOp table);
  LogicalResult checkEntry(EntryOp entry);

  func::FuncOp function;
  tile::GeometryAttr geometry;
  ScheduleAttr schedule;
  MachineAttrInterface machine;
  ProgramIdOp program;
  int64_t sharedBytes = 0;
};
} // namespace

/// Tiles are fragments of all rows of the block. Rows are those of the program.
LogicalResult Checker::checkValues(Operation &op) {
  for (Value operand : op.getOperands())
    if (isa<tile::RowsType>(operand.getType()) && !operand.getDefiningOp<ProgramIdOp>())
      return op.emitOpError("must have the rows of the function's pipeline.program_id");
  auto check = [&](Type type) -> LogicalResult {
    auto tile = dyn_cast<tile::TileType>(type);
    if (!tile)
      return success();
    ArrayRef<int64_t> shape = tile.getShape();
    if (shape[0] == geometry.getRows() && (shape.size() == 1 || shape[1] % machine.getColumnsUnit() == 0))
      return success();
    return op.emitOpError() << "tiles must have the rows of the block, " << geometry.getRows() << ", and multiples of "
                            << machine.getColumnsUnit() << " columns, got " << tile;
  };
  for (Type type : op.getOperandTypes())
    if (failed(check(type)))
      return failure();
  for (Type type : op.getResultTypes())
    if (failed(check(type)))
      return failure();
  for (Type type : op.getOperandTypes()) {
    auto memref = dyn_cast<MemRefType>(type);
    SmallVector<int64_t> strides;
    int64_t offset;
    if (memref && failed(memref.getStridesAndOffset(strides, offset)))
      return op.emitOpError() << "memrefs must be strided, got " << memref;
  }
  return success();
}

/// Rings and tables follow each other in memory. Copies are unrolled, so that a ring of gigabytes would not end.
LogicalResult Checker::checkShared(Operation &op) {
  int64_t bytes = 0;
  if (auto ring = dyn_cast<RingOp>(op)) {
    RingType type = ring.getRing().getType();
    bytes = type.getStages() * type.getRows() * type.getColumns() * (type.getElementType().getIntOrFloatBitWidth() / 8);
  } else if (auto table = dyn_cast<TableOp>(op)) {
    bytes = std::min(cast<MemRefType>(table.getTable().getType()).getDimSize(0), machine.getMaxSharedBytes() + 1) * 4;
  }
  sharedBytes += bytes;
  if (sharedBytes <= machine.getMaxSharedBytes())
    return success();
  return op.emitOpError() << "brings the shared memory of the block to " << sharedBytes
                          << " bytes, and no target has more than " << machine.getMaxSharedBytes()
                          << "; use tiles of fewer rows or keys, or fewer stages";
}

/// A table is memory of the block, of which a score body knows no more than the param.
LogicalResult Checker::checkTable(TableOp table) {
  for (OpOperand &use : table.getTable().getUses()) {
    Operation *user = use.getOwner();
    if (auto tabulate = dyn_cast<TabulateOp>(user);
        tabulate && use.get() == tabulate.getTable() && !llvm::is_contained(tabulate.getParams(), use.get()))
      continue;
    auto isEntry = [](Operation *reader) { return isa<EntryOp>(reader); };
    auto score = dyn_cast<tile::ScoreOp>(user);
    unsigned firstParam = score ? score->getNumOperands() - score.getParams().size() : 0;
    if (score && use.getOperandNumber() >= firstParam) {
      unsigned param = use.getOperandNumber() - firstParam;
      Value argument = score.getScoreBody()->getArgument(tile::ScoreOp::kNumPairArguments + param);
      if (llvm::all_of(argument.getUsers(), isEntry))
        continue;
    }
    return user->emitOpError("cannot read a pipeline.table; only pipeline.tabulate and the pipeline.entry of a "
                             "tile.score can");
  }
  return success();
}

LogicalResult Checker::checkEntry(EntryOp entry) {
  auto score = entry->getParentOfType<tile::ScoreOp>();
  if (!score)
    return entry.emitOpError("must be in a tile.score");
  Block *body = score.getScoreBody();
  auto numberOf = [&](Value value) -> int64_t {
    auto argument = dyn_cast<BlockArgument>(value);
    return argument && argument.getOwner() == body ? argument.getArgNumber() : -1;
  };
  constexpr int64_t leading = tile::ScoreOp::kNumPairArguments;
  int64_t table = numberOf(entry.getTable()), least = numberOf(entry.getLeast());
  if (table < leading || least < leading || !score.getParams()[table - leading].getDefiningOp<TableOp>())
    return entry.emitOpError("must read a param of the tile.score that is a pipeline.table, from another param");
  if (numberOf(entry.getQuery()) != 3 || numberOf(entry.getKey()) != 4)
    return entry.emitOpError("must be at the positions of query and key that the body is given");
  return success();
}

/// Loops and switches are emitted with the registers of what they carry; anything else is copied as it is.
LogicalResult Checker::checkStructure(Operation &op) {
  if (isa<scf::ForOp, scf::IndexSwitchOp>(op)) {
    for (Region &region : op.getRegions())
      for (Block &block : region) {
        if (failed(checkBlock(block)))
          return failure();
      }
    for (Type type : op.getResultTypes())
      if (isa<tile::RowsType, RingType, StageType>(type))
        return op.emitOpError() << "cannot carry a value of type " << type;
    return checkValues(op);
  }
  for (TypeRange types : {TypeRange(op.getOperandTypes()), TypeRange(op.getResultTypes())})
    for (Type type : types)
      if (isOfPipeline(type))
        return op.emitOpError() << "has no form for threads: " << type << " is for ops of the pipeline";
  WalkResult nested = op.walk([&](Operation *inner) {
    if (inner == &op || !isa_and_nonnull<tile::TileDialect, PipelineDialect>(inner->getDialect()))
      return WalkResult::advance();
    inner->emitOpError() << "has no form for threads in " << op.getName()
                         << "; loops are scf.for, branches scf.index_switch";
    return WalkResult::interrupt();
  });
  return failure(nested.wasInterrupted());
}

LogicalResult Checker::checkOp(Operation &op) {
  if (!isa_and_nonnull<tile::TileDialect, PipelineDialect>(op.getDialect()))
    return checkStructure(op);
  if (failed(checkValues(op)) || failed(checkShared(op)))
    return failure();
  int64_t headDim = geometry.getHeadDim();
  if (auto found = dyn_cast<ProgramIdOp>(op)) {
    if (program || found->getBlock() != &function.getBody().front())
      return found.emitOpError("must be the only one of a function, and outside of its loops");
    if (found.getGeometry() != geometry)
      return found.emitOpError() << "must have the geometry of the function, " << geometry;
    program = found;
  } else if (isa<tile::BlockHeadOp>(op) && geometry.getPacked()) {
    return op.emitOpError("needs rows of one head, and those of this block are packed");
  } else if (auto init = dyn_cast<tile::InitStateOp>(op)) {
    if (cast<tile::TileType>(init.getOutput().getType()).getShape()[1] != headDim)
      return op.emitOpError() << "output must have the head dim of the geometry, " << headDim;
  } else if (auto epilogue = dyn_cast<EpilogueOp>(op)) {
    if (cast<tile::TileType>(epilogue.getOutput().getType()).getShape()[1] != headDim)
      return op.emitOpError() << "output must have the head dim of the geometry, " << headDim;
  } else if (auto combine = dyn_cast<CombineOp>(op)) {
    if (cast<MemRefType>(combine.getDestination().getType()).getDimSize(3) != headDim)
      return op.emitOpError() << "destination must have the head dim of the geometry, " << headDim;
  } else if (auto dot = dyn_cast<DotOp>(op)) {
    if (dot.getRows().getType().getColumns() % machine.getDotUnit())
      return op.emitOpError() << "rows must have a multiple of " << machine.getDotUnit() << " columns, got "
                              << dot.getRows().getType();
  } else if (auto norms = dyn_cast<KeyNormsOp>(op)) {
    auto source = cast<MemRefType>(norms.getSource().getType());
    if (source.getDimSize(3) * source.getElementTypeBitWidth() % 128)
      return op.emitOpError() << "keys must be a multiple of 16 bytes, got " << source;
  } else if (auto table = dyn_cast<TableOp>(op)) {
    return checkTable(table);
  }
  WalkResult entries = op.walk(
      [&](EntryOp entry) { return failed(checkEntry(entry)) ? WalkResult::interrupt() : WalkResult::advance(); });
  return failure(entries.wasInterrupted());
}

LogicalResult Checker::checkBlock(Block &block) {
  for (Operation &op : block.without_terminator())
    if (failed(checkOp(op)))
      return failure();
  return success();
}

LogicalResult Checker::check() {
  if (function.isExternal() || !function.getBody().hasOneBlock() || function.getNumResults())
    return function.emitOpError("with camber.geometry and camber.schedule must be one block, without results");
  for (Type type : function.getArgumentTypes())
    if (isOfPipeline(type))
      return function.emitOpError() << "cannot take an argument of type " << type;
  if (failed(machine.verifySizes(function, {geometry, schedule})))
    return failure();
  return checkBlock(function.getBody().front());
}

LogicalResult camber::pipeline::checkBlock(func::FuncOp function, BlockShape shape, MachineAttrInterface machine) {
  return Checker(function, shape, machine).check();
}
