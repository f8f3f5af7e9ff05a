// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The numbered constraints of the cpu dialect (dialects/CPU/CPUOps.td): what the register-tile kernels count on.
#include "camber/Dialect/Attn/AttnDialect.h"
#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Dialect/Tile/TileDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;

namespace {
constexpr int64_t kAny = -1; ///< a size that is not checked, static or dynamic

/// Checks the memrefs of one op; after the first mistake, which is reported, everything succeeds.
class Checker {
public:
  Checker(Operation *op, MicrokernelAttrInterface kernel)
      : op(op), kernel(kernel), width(kernel.getWidth()), panel(kernel.getPanelRows()),
        keysInLanes(kernel.getLanes() == Lanes::keys) {}

  /// `value` has these sizes and elements; `letters` says so in words.
  Checker &expect(StringRef name, Value value, StringRef letters, ArrayRef<int64_t> sizes,
                  function_ref<bool(Type)> isElement) {
    auto type = cast<MemRefType>(value.getType());
    auto agree = [](int64_t size, int64_t wanted) { return wanted == kAny || size == wanted; };
    if (ok && (type.getShape().size() != sizes.size() || !llvm::all_of_zip(type.getShape(), sizes, agree) ||
               !isElement(type.getElementType()))) {
      InFlightDiagnostic error = op->emitOpError() << name << " must be " << letters << ", [";
      llvm::interleave(
          sizes, [&](int64_t size) { size == kAny ? error << "any" : error << size; }, [&] { error << ", "; });
      error << "], got " << type;
      ok = false;
    }
    return *this;
  }
  Checker &f32(StringRef name, Value value, StringRef letters, ArrayRef<int64_t> sizes) {
    return expect(name, value, letters, sizes, [](Type type) { return type.isF32(); });
  }
  Checker &i32(StringRef name, Value value, StringRef letters, ArrayRef<int64_t> sizes) {
    return expect(name, value, letters, sizes, [](Type type) { return type.isInteger(32); });
  }
  Checker &storage(StringRef name, Value value, StringRef letters, ArrayRef<int64_t> sizes) {
    return expect(name, value, letters, sizes, [](Type type) { return type.isF32() || type.isF16() || type.isBF16(); });
  }
  /// A tile of keys or values: f32, or as they are stored where the microkernel reads that.
  Checker &keys(StringRef name, Value value, int64_t dim, bool values) {
    Type element = cast<MemRefType>(value.getType()).getElementType();
    return element.isF32() || kernel.needsCopy(element, values) ? f32(name, value, "f32 [T', D]", {kAny, dim})
                                             : storage(name, value, "f32, f16 or bf16 [T', D]", {kAny, dim});
  }
  /// A static size of a buffer. `unit` is what loops over it step by.
  Checker &multiple(StringRef name, int64_t size, int64_t unit) {
    if (ok && (size < 1 || size % unit)) {
      InFlightDiagnostic error = op->emitOpError() << name << " must be a static ";
      unit == 1 ? error << "size of at least 1, got " : error << "multiple of " << unit << ", got ";
      ShapedType::isDynamic(size) ? error << "a dynamic size" : error << size;
      ok = false;
    }
    return *this;
  }
  /// R rows of D values: [R, D].
  Checker &rows(StringRef name, Value value, int64_t unit) {
    auto type = cast<MemRefType>(value.getType());
    f32(name, value, "f32 [R, D]", {kAny, kAny});
    return type.getRank() == 2 ? multiple("R", type.getDimSize(0), unit).multiple("D", type.getDimSize(1), width)
                               : *this;
  }
  /// Scores of a group: [T, S], S of at least a panel; where lanes are keys [S, T], T a multiple of them.
  Checker &scores(StringRef name, Value value) {
    f32(name, value, keysInLanes ? "f32 [S, T]" : "f32 [T, S]", {kAny, kAny});
    auto type = cast<MemRefType>(value.getType());
    if (!ok)
      return *this;
    if (keysInLanes)
      return multiple("S", type.getDimSize(0), 1).multiple("T", type.getDimSize(1), width);
    if (!type.hasStaticShape() || type.getDimSize(0) < 1 || type.getDimSize(1) < panel) {
      op->emitOpError() << name << " must have a static shape [T, S] with S of at least " << panel << " rows, got "
                        << type;
      ok = false;
    }
    return *this;
  }
  /// Packed queries of R rows of D.
  Checker &packed(Value value, int64_t rows, int64_t dim) {
    multiple("R", rows, panel).multiple("D", dim, width);
    return ok ? f32("packed", value, "f32 of the microkernel's shape", kernel.getPackedShape(rows, dim)) : *this;
  }
  /// What the microkernel keeps beside its results, where it keeps something.
  Checker &scratch(Value value, ArrayRef<int64_t> shape) {
    if (ok && bool(value) == shape.empty()) {
      op->emitOpError() << (value ? "takes no scratch with " : "needs scratch with ") << kernel;
      ok = false;
    }
    return value && ok ? f32("scratch", value, "f32 of the microkernel's shape", shape) : *this;
  }
  Checker &keyEnd(Value value) {
    if (ok && value && !kernel.endsWithRow()) {
      op->emitOpError() << "takes no key_end with " << kernel;
      ok = false;
    }
    return *this;
  }
  Checker &scale(const APFloat &scale) {
    if (ok && !attn::isFiniteInF32(scale.convertToDouble())) {
      op->emitOpError("scale must be finite in float32");
      ok = false;
    }
    return *this;
  }
  operator LogicalResult() const { return success(ok); }

  Operation *op;
  MicrokernelAttrInterface kernel;
  int64_t width, panel;
  bool keysInLanes;
  bool ok = true;
};

/// Size `dim`, or -1 where the rank is smaller: another check reports the rank.
int64_t sizeOf(Value value, int64_t dim) {
  auto type = cast<MemRefType>(value.getType());
  return dim < type.getRank() ? type.getDimSize(dim) : kAny;
}
} // namespace

LogicalResult PackQueriesOp::verify() {
  Checker check(*this, getSchedule());
  int64_t rows = sizeOf(getRowHead(), 0);
  check
      .storage("source", getSource(), "f32, f16 or bf16 [B, H, Lq, D]", {kAny, kAny, kAny, kAny}) // C1
      .i32("row_head", getRowHead(), "i32 [R]", {kAny})                                           // C3
      .i32("row_index", getRowIndex(), "i32 [R]", {rows})
      .packed(getPacked(), rows, sizeOf(getSource(), 3)) // C2
      .scale(getScale()); // C4
  return check;
}

LogicalResult CopyKeysOp::verify() {
  Checker check(*this, getSchedule());
  Type source = cast<MemRefType>(getSource().getType()).getElementType();
  auto isElement = [&](Type type) { return type.isF32() || (getFinite() && type == source); };
  check
      .expect("destination", getDestination(), "f32 [T, D]", {kAny, kAny}, isElement) // C1
      .multiple("T", sizeOf(getDestination(), 0), 1)
      .multiple("D", sizeOf(getDestination(), 1), check.width) // C2
      .storage("source", getSource(), "f32, f16 or bf16 [T', D]", {kAny, sizeOf(getDestination(), 1)});
  return check;
}

/// The body takes `expected` and yields one f32, and is made of what score bodies are made of.
static LogicalResult verifyBody(Operation *op, Region &body, ArrayRef<Type> expected, ValueRange params) {
  if (!llvm::equal(body.getArgumentTypes(), expected)) {
    InFlightDiagnostic error = op->emitOpError("body must take (");
    llvm::interleaveComma(expected, error);
    return error << ")";
  }
  if (!tile::yieldsScore(body.front()))
    return op->emitOpError("body must yield one f32");
  if (failed(tile::verifyScoreOps(body.front(), /*base2=*/true)))
    return failure();
  return tile::verifyScoreParams(op, params);
}

LogicalResult TabulateOp::verifyRegions() {
  Checker check(*this, getSchedule());
  int64_t rows = sizeOf(getRowHead(), 0), size = sizeOf(getTable(), 0);
  check
      .i32("row_head", getRowHead(), "i32 [R]", {kAny}) // C1
      .multiple("R", rows, check.width)
      .i32("row_position", getRowPosition(), "i32 [R]", {rows});
  if (check.keysInLanes) // C2
    check.f32("table", getTable(), "f32 [R, T] where lanes are keys", {rows, kAny})
        .multiple("T", sizeOf(getTable(), 1), check.width);
  else if (cast<MemRefType>(getTable().getType()).getRank() == 1)
    check.f32("table", getTable(), "f32 [R + T]", {kAny}).multiple("R + T", size, check.width);
  else
    check.f32("table", getTable(), "f32 [R + T] or [T, R]", {kAny, rows}).multiple("T", size, 1);
  if (failed(LogicalResult(check)))
    return failure();
  if (cast<MemRefType>(getTable().getType()).getRank() == 1 && size <= rows)
    return emitOpError() << "table must be f32 [R + T] with keys besides its " << rows << " rows, got "
                         << getTable().getType();
  SmallVector<Type> expected = tile::DistanceArguments::getTypes(getContext()); // C3
  llvm::append_range(expected, getParams().getTypes());
  return verifyBody(*this, getBody(), expected, getParams()); // C4
}

LogicalResult ScoresOp::verifyRegions() {
  if (!attn::hasRequiredOperands(getProperties().operandSegmentSizes, 14))
    return emitOpError("takes one of each operand other than params and tables");
  Checker check(*this, getSchedule());
  int64_t rows = sizeOf(getRowHead(), 0);
  check
      .i32("row_head", getRowHead(), "i32 [R]", {kAny}) // C2
      .i32("row_position", getRowPosition(), "i32 [R]", {rows})
      .i32("row_index", getRowIndex(), "i32 [R]", {rows})
      .f32("maximum", getMaximum(), "f32 [R]", {rows})
      .f32("new_maximum", getNewMaximum(), "f32 [R]", {rows})
      .keys("keys", getKeys(), kAny, /*values=*/false) // C1
      .packed(getPacked(), rows, sizeOf(getKeys(), 1))
      .scores("scores", getScores())                                // C3
      .scale(getScale())                                            // C7
      .scratch(getScratch(), getSchedule().getScoresScratch(rows))  // C8
      .keyEnd(getKeyEnd());                                         // C9
  if (check.ok && getKeyEnd() && getFull())
    return emitOpError("takes no key_end where the tile is full");
  for (Value table : getTables()) { // C4
    if (check.keysInLanes) {
      check.f32("table", table, "f32 [R, T] where lanes are keys", {rows, sizeOf(getScores(), 1)});
      continue;
    }
    if (cast<MemRefType>(table.getType()).getRank() != 1) {
      check.f32("table", table, "f32 [T, R]", {sizeOf(getScores(), 0), rows});
      continue;
    }
    check.f32("table", table, "f32 [R + T]", {kAny});
    if (check.ok && sizeOf(table, 0) < rows + sizeOf(getScores(), 0))
      return emitOpError() << "table must be f32 [R + T] with at least " << rows + sizeOf(getScores(), 0)
                           << " entries, got " << table.getType();
  }
  if (failed(LogicalResult(check)))
    return failure();
  SmallVector<Type> expected = attn::ScoreArguments::getTypes(getContext()); // C5
  llvm::append_range(expected, getParams().getTypes());
  expected.append(getTables().size(), Float32Type::get(getContext()));
  return verifyBody(*this, getBody(), expected, getParams()); // C6
}

LogicalResult SoftmaxUpdateOp::verify() {
  Checker check(*this, getSchedule());
  int64_t rows = sizeOf(getMaximum(), 0);
  check
      .f32("maximum", getMaximum(), "f32 [R]", {kAny}) // C1
      .multiple("R", rows, check.panel)
      .f32("new_maximum", getNewMaximum(), "f32 [R]", {rows})
      .f32("sum", getSum(), "f32 [R]", {rows})
      .f32("rescale", getRescale(), "f32 [R]", {rows})
      .scores("scores", getScores()) // C2
      .keyEnd(getKeyEnd());          // C3
  return check;
}

LogicalResult AccumulateOp::verify() {
  Checker check(*this, getSchedule());
  int64_t rows = sizeOf(getOutput(), 0), dim = sizeOf(getOutput(), 1);
  check
      .rows("output", getOutput(), check.panel) // C1
      .f32("rescale", getRescale(), "f32 [R]", {rows})
      .scores("p", getP()) // C2
      .keys("values", getValues(), dim, /*values=*/true)
      .scratch(getScratch(), getSchedule().getAccumulateScratch(rows, dim)) // C3
      .keyEnd(getKeyEnd());                                                 // C4
  return check;
}

LogicalResult EpilogueOp::verify() {
  Checker check(*this, getSchedule());
  int64_t rows = sizeOf(getOutput(), 0);
  check
      .rows("output", getOutput(), check.width) // C1
      .f32("maximum", getMaximum(), "f32 [R]", {rows})
      .f32("sum", getSum(), "f32 [R]", {rows});
  if (getNotFinite())
    check.f32("not_finite", getNotFinite(), "f32 [1]", {1}); // C2
  return check;
}

LogicalResult ReachOp::verify() {
  Checker check(*this, getSchedule());
  check
      .rows("reached", getReached(), check.panel)                                                   // C1
      .scores("scores", getScores())                                                                // C2
      .storage("values", getValues(), "f32, f16 or bf16 [T', D]", {kAny, sizeOf(getReached(), 1)}) // C3
      .keyEnd(getKeyEnd());                                                                        // C4
  return check;
}

LogicalResult AddRowsOp::verify() {
  Checker check(*this, getSchedule());
  check
      .rows("output", getOutput(), check.panel) // C1
      .f32("addend", getAddend(), "f32 [R, D]", {sizeOf(getOutput(), 0), sizeOf(getOutput(), 1)});
  return check;
}

LogicalResult CombineOp::verify() {
  Checker check(*this, getSchedule());
  int64_t rows = sizeOf(getOutput(), 0), dim = sizeOf(getOutput(), 1);
  check
      .rows("output", getOutput(), 1) // C1
      .f32("maximum", getMaximum(), "f32 [R]", {rows})
      .f32("partial_output", getPartialOutput(), "f32 [S, R, D]", {kAny, rows, dim}) // C2
      .f32("partial_maximum", getPartialMaximum(), "f32 [S, R]", {kAny, rows});
  return check;
}

LogicalResult StoreRowsOp::verify() {
  Checker check(*this, getSchedule());
  int64_t rows = sizeOf(getOutput(), 0), dim = sizeOf(getOutput(), 1);
  check
      .rows("output", getOutput(), 1) // C1
      .f32("maximum", getMaximum(), "f32 [R]", {rows})
      .i32("row_head", getRowHead(), "i32 [R]", {rows})
      .i32("row_index", getRowIndex(), "i32 [R]", {rows})
      .storage("destination", getDestination(), "f32, f16 or bf16 [B, H, Lq, D]", {kAny, kAny, kAny, dim}); // C2
  if (getLse())
    check.f32("lse", getLse(), "f32 [B, H, Lq]", {kAny, kAny, kAny});
  return check;
}

LogicalResult RowNormsOp::verify() {
  Checker check(*this, getSchedule());
  int64_t dim = sizeOf(getSource(), 3), rows = sizeOf(getNorms(), 0);
  check
      .storage("source", getSource(), "f32, f16 or bf16 [B, H, Lq, D]", {kAny, kAny, kAny, kAny}) // C1
      .multiple("D", dim, check.width)
      .f32("norms", getNorms(), "f32 [R]", {kAny}) // C2
      .multiple("R", rows, 1)
      .i32("row_head", getRowHead(), "i32 [R]", {rows})
      .i32("row_index", getRowIndex(), "i32 [R]", {rows});
  return check;
}

LogicalResult KeyNormsOp::verify() {
  Checker check(*this, getSchedule());
  check
      .storage("source", getSource(), "f32, f16 or bf16 [B, Hkv, Lk, D]", {kAny, kAny, kAny, kAny}) // C1
      .multiple("D", sizeOf(getSource(), 3), check.width)
      .f32("norms", getNorms(), "f32 [2, blocks]", {2, kAny}); // C2
  if (getGiven())
    check.f32("given", getGiven(), "f32 [B, Hkv, blocks]", {kAny, kAny, kAny}); // C3
  return check;
}

/// What both ops that bound scores know of every row, and of the keys.
template <typename OpTy> static void checkStateAndNorms(Checker &check, OpTy op, int64_t rows) {
  check.i32("row_head", op.getRowHead(), "i32 [R]", {kAny})
      .multiple("R", rows, check.width)
      .i32("row_position", op.getRowPosition(), "i32 [R]", {rows})
      .f32("maximum", op.getMaximum(), "f32 [R]", {rows})
      .f32("sum", op.getSum(), "f32 [R]", {rows})
      .f32("row_norms", op.getRowNorms(), "f32 [R]", {rows})
      .f32("key_norms", op.getKeyNorms(), "f32 [2, blocks]", {2, kAny});
}

LogicalResult StateBoundOp::verifyRegions() {
  Checker check(*this, getSchedule());
  checkStateAndNorms(check, *this, sizeOf(getRowHead(), 0)); // C1, C2
  if (failed(LogicalResult(check)))
    return failure();
  Type i32 = IntegerType::get(getContext(), 32); // C3
  SmallVector<Type> expected = tile::NearestArguments::getTypes(getContext());
  llvm::append_range(expected, getParams().getTypes());
  Block &nearest = getNearest().front();
  if (!llvm::equal(nearest.getArgumentTypes(), expected) || nearest.empty() || !isa<tile::YieldOp>(nearest.back()) ||
      nearest.back().getNumOperands() != 1 || nearest.back().getOperand(0).getType() != i32)
    return emitOpError("nearest must take (i32, i32, i32, i32, i32, params…) and yield one i32");
  if (failed(tile::verifyScoreOps(nearest, /*base2=*/true))) // C4
    return failure();
  expected = tile::PairBoundArguments::getTypes(getContext());
  llvm::append_range(expected, getParams().getTypes());
  return verifyBody(*this, getScore(), expected, getParams());
}

LogicalResult SkipRangeOp::verifyRegions() {
  Checker check(*this, getSchedule());
  int64_t rows = sizeOf(getRowHead(), 0);
  checkStateAndNorms(check, *this, rows); // C1, C2
  int64_t groups = check.ok ? llvm::divideCeilSigned(rows, getSchedule().getGroupRows()) : kAny;
  check.i32("ends", getEnds(), "i32 [R / G]", {groups});
  if (getSeen())
    check.i32("seen", getSeen(), "i32 [R / G]", {groups});
  if (failed(LogicalResult(check)))
    return failure();
  SmallVector<Type> expected = tile::RangeBoundArguments::getTypes(getContext()); // C3
  llvm::append_range(expected, getParams().getTypes());
  if (failed(verifyBody(*this, getBody(), expected, getParams()))) // C4
    return failure();
  int64_t step = getStep();
  if (step < 1 || step >= attn::kMaxLength) // C5
    return emitOpError("step must be in 1 … 2^24-1, got ") << step;
  return success();
}
