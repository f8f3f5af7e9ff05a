// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "camber/Target/Arguments.h"
#include "camber/Runtime/abi.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include <cstddef>

using namespace mlir;
using namespace camber;

static Value constant(OpBuilder &b, Location loc, int64_t v) {
  return arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(v));
}

Value camber::emitLoad(OpBuilder &b, Location loc, Value base, int64_t offset, Type type) {
  Value at = LLVM::GEPOp::create(b, loc, base.getType(), b.getI8Type(), base,
                                 ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
  return LLVM::LoadOp::create(b, loc, type, at);
}

ArgumentHeader camber::emitReadHeader(OpBuilder &b, Location loc, Value args) {
  return {emitLoad(b, loc, args, offsetof(camber_args_header, batch), b.getI64Type()),
          emitLoad(b, loc, args, offsetof(camber_args_header, q_len), b.getI64Type()),
          emitLoad(b, loc, args, offsetof(camber_args_header, kv_len), b.getI64Type())};
}

LogicalResult camber::checkOperand(func::FuncOp function, unsigned number) {
  auto role = function.getArgAttrOfType<StringAttr>(number, "attn.role");
  auto dims = function.getArgAttrOfType<ArrayAttr>(number, "attn.dims");
  if (!role || !function.getArgAttrOfType<StringAttr>(number, "attn.name") || !dims)
    return function.emitOpError() << "argument " << number << " is not described; run attn-annotate-kernels first";
  auto isDim = [](Attribute dim) {
    auto name = dyn_cast<StringAttr>(dim);
    return isa<IntegerAttr>(dim) ||
           (name && llvm::is_contained({"batch", "q_len", "kv_len", "key_blocks"}, name.getValue()));
  };
  if (!llvm::all_of(dims, isDim))
    return function.emitOpError() << "argument " << number
                                  << " has a dimension that is neither a number nor batch, q_len, kv_len or key_blocks";
  auto type = dyn_cast<MemRefType>(function.getArgumentTypes()[number]);
  Type element = type ? type.getElementType() : function.getArgumentTypes()[number];
  if (!element.isIntOrFloat() || static_cast<int64_t>(dims.size()) != (type ? type.getRank() : 0))
    return function.emitOpError() << "argument " << number << " (" << function.getArgumentTypes()[number] << ") has "
                                  << dims.size()
                                  << " dims, and must be a number or a memref of numbers with as many dimensions";
  if (dims.size() > CAMBER_MAX_RANK)
    return function.emitOpError() << "argument " << number << " has " << dims.size() << " dimensions, more than "
                                  << CAMBER_MAX_RANK << ", which is what camber_tensor has strides for";
  SmallVector<int64_t> strides;
  int64_t offset;
  if (type && failed(type.getStridesAndOffset(strides, offset)))
    return function.emitOpError() << "argument " << number << " (" << type << ") must be a strided memref";
  bool isTensor = llvm::is_contained({"query", "key", "value", "output"}, role.getValue());
  if (isTensor && (!type || type.getRank() != 4))
    return function.emitOpError() << "argument " << number << ", the " << role.getValue() << ", must have 4 dimensions";
  if (!type && role != "parameter")
    return function.emitOpError() << "argument " << number << ", the " << role.getValue() << ", must be a memref";
  return success();
}

ArgumentTensor camber::emitReadTensor(OpBuilder &b, func::FuncOp function, unsigned i, Value args,
                                      const ArgumentHeader &header) {
  Location loc = function.getLoc();
  ArgumentTensor tensor;
  int64_t base = sizeof(camber_args_header) + i * sizeof(camber_tensor);
  tensor.data =
      emitLoad(b, loc, args, base + offsetof(camber_tensor, data), LLVM::LLVMPointerType::get(b.getContext()));
  for (auto [dim, attr] : llvm::enumerate(function.getArgAttrOfType<ArrayAttr>(i, "attn.dims"))) {
    auto size = [&, attr = attr]() -> Value {
      auto symbol = dyn_cast<StringAttr>(attr);
      if (!symbol)
        return constant(b, loc, cast<IntegerAttr>(attr).getInt());
      if (symbol.getValue() == "batch")
        return header.batch;
      if (symbol.getValue() == "q_len")
        return header.qLen;
      if (symbol.getValue() == "kv_len")
        return header.kvLen;
      Value end = arith::AddIOp::create(b, loc, header.kvLen, constant(b, loc, CAMBER_KEY_BLOCK - 1));
      return arith::DivSIOp::create(b, loc, end, constant(b, loc, CAMBER_KEY_BLOCK));
    };
    tensor.sizes.push_back(size());
    tensor.strides.push_back(emitLoad(b, loc, args, base + offsetof(camber_tensor, strides) + 8 * dim, b.getI64Type()));
  }
  return tensor;
}

Value camber::emitOperand(OpBuilder &b, Location loc, Type type, const ArgumentTensor &tensor) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref)
    return LLVM::LoadOp::create(b, loc, type, tensor.data);
  int64_t rank = memref.getRank();
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  SmallVector<Type> members = {pointer, pointer, b.getI64Type()};
  if (rank)
    members.append(2, LLVM::LLVMArrayType::get(b.getI64Type(), rank));
  Value value = LLVM::UndefOp::create(b, loc, LLVM::LLVMStructType::getLiteral(b.getContext(), members));
  auto insert = [&](Value v, ArrayRef<int64_t> position) {
    value = LLVM::InsertValueOp::create(b, loc, value, v, position);
  };
  insert(tensor.data, {0});
  insert(tensor.data, {1});
  insert(constant(b, loc, 0), {2});
  for (int64_t dim = 0; dim < rank; ++dim) {
    insert(tensor.sizes[dim], {3, dim});
    insert(tensor.strides[dim], {4, dim});
  }
  return UnrealizedConversionCastOp::create(b, loc, type, value).getResult(0);
}
