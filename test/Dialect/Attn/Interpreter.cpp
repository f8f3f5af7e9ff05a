// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One line per operation that modifiers and bounds emit.
#include "Interpreter.h"
#include "camber/Dialect/Attn/AttnDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace camber::test;

/// The minimum and maximum that propagate NaN and put -0 before +0, as arith defines them.
static float minimum(float a, float b) {
  if (std::isnan(a) || std::isnan(b))
    return std::nanf("");
  return a < b || (a == b && std::signbit(a)) ? a : b;
}
static float maximum(float a, float b) { return -minimum(-a, -b); }

static bool compare(arith::CmpIPredicate predicate, int64_t a, int64_t b) {
  switch (predicate) {
  case arith::CmpIPredicate::eq:
    return a == b;
  case arith::CmpIPredicate::ne:
    return a != b;
  case arith::CmpIPredicate::slt:
    return a < b;
  case arith::CmpIPredicate::sle:
    return a <= b;
  case arith::CmpIPredicate::sgt:
    return a > b;
  case arith::CmpIPredicate::sge:
    return a >= b;
  default:
    ADD_FAILURE() << "unsigned comparison";
    return false;
  }
}

static Datum lookup(const Table &table, ArrayRef<int64_t> indices) {
  int64_t at = 0;
  for (auto [index, size] : llvm::zip_equal(indices, table.shape))
    at = at * size + std::clamp<int64_t>(index, 0, size - 1);
  return Datum::f32(table.entries[at]);
}

Datum Interpreter::evaluate(Operation &op) {
  auto f = [&](unsigned k) { return data.find(op.getOperand(k))->second.number; };
  auto i = [&](unsigned k) { return data.find(op.getOperand(k))->second.integer; };
  return llvm::TypeSwitch<Operation *, Datum>(&op)
      .Case([&](arith::ConstantOp c) -> Datum {
        if (auto value = dyn_cast<FloatAttr>(c.getValue()))
          return Datum::f32(value.getValue().convertToFloat());
        if (auto value = dyn_cast<IntegerAttr>(c.getValue()))
          return Datum::i32(value.getValue().getSExtValue());
        std::shared_ptr<const Table> &known = tables[c.getValue()];
        if (!known) {
          auto values = cast<DenseElementsAttr>(c.getValue());
          Table table{values.getType().getShape().vec(), {}};
          for (float entry : values.getValues<float>())
            table.entries.push_back(entry);
          known = std::make_shared<const Table>(std::move(table));
        }
        return {0, 0, known};
      })
      .Case([&](arith::AddFOp) { return Datum::f32(f(0) + f(1)); })
      .Case([&](arith::SubFOp) { return Datum::f32(f(0) - f(1)); })
      .Case([&](arith::MulFOp) { return Datum::f32(f(0) * f(1)); })
      .Case([&](arith::DivFOp) { return Datum::f32(f(0) / f(1)); })
      .Case([&](arith::NegFOp) { return Datum::f32(-f(0)); })
      .Case([&](arith::MinimumFOp) { return Datum::f32(minimum(f(0), f(1))); })
      .Case([&](arith::MaximumFOp) { return Datum::f32(maximum(f(0), f(1))); })
      .Case([&](math::FmaOp) { return Datum::f32(std::fma(f(0), f(1), f(2))); })
      .Case([&](math::AbsFOp) { return Datum::f32(std::fabs(f(0))); })
      .Case([&](math::SqrtOp) { return Datum::f32(std::sqrt(f(0))); })
      // In double, so that it keeps the order of its arguments: see the tolerance in ScoreBoundTest.cpp.
      .Case([&](math::TanhOp) { return Datum::f32(static_cast<float>(std::tanh(static_cast<double>(f(0))))); })
      .Case([&](arith::AddIOp) { return Datum::i32(i(0) + i(1)); })
      .Case([&](arith::SubIOp) { return Datum::i32(i(0) - i(1)); })
      .Case([&](arith::MinSIOp) { return Datum::i32(std::min(i(0), i(1))); })
      .Case([&](arith::MaxSIOp) { return Datum::i32(std::max(i(0), i(1))); })
      .Case([&](arith::CmpIOp c) { return Datum::i32(compare(c.getPredicate(), i(0), i(1))); })
      .Case([&](arith::ExtUIOp) { return Datum::i32(i(0)); })
      .Case([&](arith::SIToFPOp) { return Datum::f32(static_cast<float>(i(0))); })
      .Case([&](arith::SelectOp) { return data.find(op.getOperand(i(0) ? 1 : 2))->second; })
      .Case([&](camber::attn::LookupOp l) {
        SmallVector<int64_t> indices;
        for (unsigned k = 1; k < op.getNumOperands(); ++k)
          indices.push_back(i(k));
        return lookup(*data.find(l.getTable())->second.table, indices);
      })
      .Default([&](Operation *) {
        ADD_FAILURE() << "the interpreter does not know " << op.getName().getStringRef().str();
        return Datum();
      });
}

void Interpreter::run(Block &block) {
  for (Operation &op : block)
    if (op.getNumResults()) {
      Datum result = evaluate(op);
      data[op.getResult(0)] = std::move(result);
    }
}
