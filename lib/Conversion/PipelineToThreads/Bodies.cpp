// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Regions of a score body's operations, evaluated by a thread; addresses.
#include "ThreadBlock.h"
#include "camber/Dialect/Tile/ScoreStructure.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace camber;
using namespace camber::pipeline;

Value camber::pipeline::emitGlobalPointer(Num &n, Value address) {
  Value wide = arith::IndexCastOp::create(n.b, n.loc, n.b.getI64Type(), address);
  return LLVM::IntToPtrOp::create(n.b, n.loc, LLVM::LLVMPointerType::get(n.b.getContext(), 1), wide);
}

Value camber::pipeline::emitGlobalAddress(Num &n, Value memref, ValueRange indices) {
  auto type = cast<MemRefType>(memref.getType());
  auto metadata = memref::ExtractStridedMetadataOp::create(n.b, n.loc, memref);
  Value elements = metadata.getOffset();
  for (auto [position, stride] : llvm::zip_equal(indices, metadata.getStrides()))
    elements = n.add(elements, n.mul(position, stride));
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(n.b, n.loc, memref);
  return n.add(base, n.mul(elements, type.getElementTypeBitWidth() / 8));
}

/// table[clamp(indices)], a load per thread.
static Value loadEntry(Num &n, attn::LookupOp lookup, Value table, ArrayRef<Value> at) {
  SmallVector<Value> indices;
  for (auto [dim, i] : llvm::enumerate(at)) {
    Value index = tile::clampIndex(n.b, lookup.getLoc(), table, dim, i);
    indices.push_back(arith::IndexCastOp::create(n.b, lookup.getLoc(), n.b.getIndexType(), index));
  }
  return memref::LoadOp::create(n.b, lookup.getLoc(), table, indices);
}

IRMapping camber::pipeline::mapUniform(Num &n, Block &body, unsigned numLeading, ArrayRef<ValueRange> params) {
  IRMapping uniform;
  for (auto [argument, param] : llvm::zip_equal(body.getArguments().drop_front(numLeading), params))
    uniform.map(argument, only(param));
  for (auto constant : body.getOps<arith::ConstantOp>())
    if (isa<ShapedType>(constant.getType()))
      uniform.map(constant.getResult(), tile::emitTable(n.b, constant));
  return uniform;
}

Value camber::pipeline::evaluate(Num &n, Block &body, IRMapping &values) {
  for (Operation &operation : body.without_terminator()) {
    if (auto lookup = dyn_cast<attn::LookupOp>(operation)) {
      SmallVector<Value> at =
          llvm::map_to_vector(lookup.getIndices(), [&](Value index) { return values.lookup(index); });
      values.map(lookup.getResult(), loadEntry(n, lookup, values.lookup(lookup.getTable()), at));
    } else if (!values.contains(operation.getResult(0))) {
      n.b.clone(operation, values);
    }
  }
  return values.lookup(body.getTerminator()->getOperand(0));
}

namespace {
/// A lookup outside of score bodies: a breakpoint that is read from a parameter.
struct ConvertLookup : ThreadPattern<attn::LookupOp> {
  using ThreadPattern::ThreadPattern;
  LogicalResult lower(attn::LookupOp op, Adaptor adaptor, ConversionPatternRewriter &b) const override {
    Num n(b, op.getLoc());
    Value table = only(adaptor.getTable());
    if (auto constant = op.getTable().getDefiningOp<arith::ConstantOp>())
      table = tile::emitTable(b, constant);
    SmallVector<Value> at = llvm::map_to_vector(adaptor.getIndices(), [](ValueRange index) { return only(index); });
    b.replaceOp(op, loadEntry(n, op, table, at));
    return success();
  }
};
} // namespace

void camber::pipeline::populateLookupPatterns(RewritePatternSet &patterns, const TypeConverter &types,
                                              const ThreadBlock &block) {
  patterns.add<ConvertLookup>(types, block);
}
