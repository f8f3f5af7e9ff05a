// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The keys that masks allow to a block of rows, and to one row.
#include "camber/Dialect/Attn/KeyLimits.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace camber::attn;

void KeyLimits::atLeast(Value position) { begin = builder.createOrFold<arith::MaxSIOp>(loc, begin, position); }
void KeyLimits::below(Value position) { end = builder.createOrFold<arith::MinSIOp>(loc, end, position); }

Value RowKeys::at(int64_t delta) {
  Value constant = arith::ConstantOp::create(builder, loc, builder.getI32IntegerAttr(delta));
  return delta ? arith::AddIOp::create(builder, loc, query, constant).getResult() : query;
}
void RowKeys::atLeast(Value position) { first = arith::MaxSIOp::create(builder, loc, first, position); }
void RowKeys::atMost(Value position) { last = arith::MinSIOp::create(builder, loc, last, position); }
