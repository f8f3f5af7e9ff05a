// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a kernel checks of its arguments before it touches an operand; the first violation is the error code.
#include "AbiBuilder.h"

using namespace mlir;
using namespace camber;
using namespace camber::cpu;
using arith::CmpIPredicate;

/// Size and version, the first two members of `base`, must be these.
Value AbiBuilder::checkStruct(Value status, Value base, int32_t size) {
  status = flag(status, compare(CmpIPredicate::ne, load(base, 0, i32()), constant32(size)), CAMBER_ERROR_STRUCT_SIZE);
  return flag(status, compare(CmpIPredicate::ne, load(base, 4, i32()), constant32(CAMBER_ABI_VERSION)),
              CAMBER_ERROR_ABI_VERSION);
}

/// Everything that must hold before the operands may be read.
Value AbiBuilder::checkHeader(Value args) {
  Value status =
      checkStruct(constant32(CAMBER_OK), args, sizeof(camber_args_header) + operands.size() * sizeof(camber_tensor));
  const auto *query = llvm::find_if(operands, [](const Operand &operand) { return operand.role == "query"; });
  const camber_element storage = query->element().isF16()    ? CAMBER_F16
                                 : query->element().isBF16() ? CAMBER_BF16
                                                             : CAMBER_F32;
  auto differs = [&](int64_t offset, int32_t wanted) {
    return compare(CmpIPredicate::ne, load(args, offset, i32()), constant32(wanted));
  };
  status = flag(status, differs(offsetof(camber_args_header, element), storage), CAMBER_ERROR_ELEMENT);
  return flag(status, differs(offsetof(camber_args_header, device), CAMBER_DEVICE_CPU), CAMBER_ERROR_MEMORY);
}

/// A static length must be met, a bounded one not exceeded. Lengths of 0 are valid for dynamic lengths.
Value AbiBuilder::checkLength(Value status, Value length, StringRef role, int32_t code) {
  constexpr int64_t limit = int64_t(1) << 24;
  Value wrong =
      either(compare(CmpIPredicate::slt, length, constant(0)), compare(CmpIPredicate::sge, length, constant(limit)));
  for (const Operand &operand : operands)
    if (operand.role == role && !cast<MemRefType>(operand.type).isDynamicDim(2))
      wrong = compare(CmpIPredicate::ne, length, constant(cast<MemRefType>(operand.type).getDimSize(2)));
  StringRef bound = role == "query" ? "camber.q_len_max" : "camber.kv_len_max";
  if (auto most = task->getAttrOfType<IntegerAttr>(bound))
    wrong = either(wrong, compare(CmpIPredicate::sgt, length, constant(most.getInt())));
  return flag(status, wrong, code);
}

/// Whether a dimension reaches over 2^56 elements or more, so that addresses could not be computed in 64 bits.
Value AbiBuilder::reachesTooFar(const Operand &operand) {
  Value result = arith::ConstantOp::create(b, loc, b.getBoolAttr(false));
  for (auto [size, stride] : llvm::zip(operand.sizes, operand.strides)) {
    Value most = arith::DivSIOp::create(b, loc, constant(int64_t(1) << 56), max(sub(size, constant(1)), constant(1)));
    result =
        either(result, both(compare(CmpIPredicate::sgt, size, constant(1)), compare(CmpIPredicate::sge, stride, most)));
  }
  return result;
}

/// Whether a dimension's stride is not greater than what the dimensions of smaller or equal strides reach over. Where
/// there is no such dimension, all elements lie apart.
Value AbiBuilder::mayOverlapItself(const Operand &operand) {
  Value result = arith::ConstantOp::create(b, loc, b.getBoolAttr(false));
  for (auto [dim, stride] : llvm::enumerate(operand.strides)) {
    Value reach = constant(0);
    for (auto [other, smaller] : llvm::enumerate(operand.strides))
      if (other != dim)
        reach = add(reach, arith::SelectOp::create(b, loc, compare(CmpIPredicate::sle, smaller, stride),
                                                   mul(sub(operand.sizes[other], constant(1)), smaller), constant(0)));
    result = either(result, both(compare(CmpIPredicate::sgt, operand.sizes[dim], constant(1)),
                                 compare(CmpIPredicate::sle, stride, reach)));
  }
  return result;
}

Value AbiBuilder::checkOperands(Value status) {
  Value zero = constant(0), one = constant(1);
  SmallVector<Value> first, last, nonEmpty;
  for (Operand &operand : operands) {
    Value address = asInteger(operand.data), some = compare(CmpIPredicate::eq, zero, zero);
    Value extent = zero;
    for (auto [size, stride] : llvm::zip(operand.sizes, operand.strides)) {
      some = both(some, compare(CmpIPredicate::sgt, size, zero));
      extent = add(extent, mul(sub(size, one), stride));
    }
    status = flag(status, both(some, compare(CmpIPredicate::eq, address, zero)), CAMBER_ERROR_NULL_OPERAND);
    Value misaligned = arith::RemUIOp::create(b, loc, address, constant(operand.elementBytes()));
    status = flag(status, compare(CmpIPredicate::ne, misaligned, zero), CAMBER_ERROR_ALIGNMENT);
    bool headDimLast = operand.sizes.size() == 4 && operand.role != "parameter";
    for (auto [dim, stride] : llvm::enumerate(operand.strides)) {
      if (headDimLast && dim == 3) {
        status = flag(status, compare(CmpIPredicate::ne, stride, one), CAMBER_ERROR_HEAD_DIM_STRIDE);
        continue;
      }
      status = flag(status, compare(CmpIPredicate::slt, stride, zero), CAMBER_ERROR_STRIDE);
    }
    // Strides of a tensor without elements are not used.
    status = flag(status, both(some, reachesTooFar(operand)), CAMBER_ERROR_STRIDE);
    if (operand.isOutput())
      status = flag(status, both(some, mayOverlapItself(operand)), CAMBER_ERROR_STRIDE);
    first.push_back(address);
    last.push_back(add(address, mul(add(extent, one), constant(operand.elementBytes()))));
    nonEmpty.push_back(some);
  }
  for (size_t i = 0; i < operands.size(); ++i)
    for (size_t j = 0; j < operands.size(); ++j) {
      if (!operands[i].isOutput() || i == j || (operands[j].isOutput() && j < i))
        continue;
      Value overlap =
          both(compare(CmpIPredicate::ult, first[i], last[j]), compare(CmpIPredicate::ult, first[j], last[i]));
      status = flag(status, both(overlap, both(nonEmpty[i], nonEmpty[j])), CAMBER_ERROR_ALIASING);
    }
  return status;
}

/// Entry `batchIndex` of an i32 [B] operand, as i64, or `otherwise` where the kernel has none of that role.
Value AbiBuilder::findOperand(StringRef role, Value batchIndex, Value otherwise) {
  for (Operand &operand : operands) {
    if (operand.role != role)
      continue;
    Value offset = mul(batchIndex, operand.strides[0]);
    Value address = LLVM::GEPOp::create(b, loc, pointer(), i32(), operand.data, ArrayRef<LLVM::GEPArg>{offset});
    return arith::ExtSIOp::create(b, loc, i64(), LLVM::LoadOp::create(b, loc, i32(), address));
  }
  return otherwise;
}

/// Key ranges and positions, which are data: one pass over the batch.
Value AbiBuilder::checkRanges(Value status) {
  bool any = llvm::any_of(operands, [](const Operand &operand) {
    return llvm::is_contained({"key_begin", "key_end", "query_offset", "key_offset"}, operand.role);
  });
  if (!any)
    return status;
  Value zero = constant(0);
  auto loop = scf::ForOp::create(b, loc, index(zero), index(header.batch), index(constant(1)), ValueRange{status});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value i = arith::IndexCastOp::create(b, loc, i64(), loop.getInductionVar());
  Value current = loop.getRegionIterArg(0);
  Value begin = findOperand("key_begin", i, zero), end = findOperand("key_end", i, header.kvLen);
  Value wrong = either(compare(CmpIPredicate::slt, begin, zero),
                       either(compare(CmpIPredicate::sgt, begin, end), compare(CmpIPredicate::sgt, end, header.kvLen)));
  current = flag(current, wrong, CAMBER_ERROR_KEY_RANGE);
  Value limit = constant(int64_t(1) << 24), low = constant(-(int64_t(1) << 24));
  for (auto [role, length] : {std::pair<StringRef, Value>{"query_offset", header.qLen}, {"key_offset", header.kvLen}}) {
    Value offset = findOperand(role, i, zero);
    Value farthest = add(offset, max(sub(length, constant(1)), zero));
    current =
        flag(current, either(compare(CmpIPredicate::sle, offset, low), compare(CmpIPredicate::sge, farthest, limit)),
             CAMBER_ERROR_POSITION);
  }
  scf::YieldOp::create(b, loc, ValueRange{current});
  return loop.getResult(0);
}
