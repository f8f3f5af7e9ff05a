// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What the values of a score body depend on: the lattice, and operations that were written for each of its elements.
#include "camber/Dialect/Attn/PairContext.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>

using namespace mlir;
using namespace camber::attn;

namespace {

constexpr Dependence kAll[] = {Dependence::uniform, Dependence::head,     Dependence::row,
                               Dependence::column,  Dependence::diagonal, Dependence::pair};

TEST(Dependence, IsALattice) {
  for (Dependence a : kAll) {
    EXPECT_EQ(join(a, a), a);
    EXPECT_EQ(join(a, Dependence::uniform), a);
    EXPECT_EQ(join(a, Dependence::pair), Dependence::pair);
    for (Dependence b : kAll) {
      EXPECT_EQ(join(a, b), join(b, a));
      EXPECT_TRUE(isWithin(a, join(a, b)));
      for (Dependence c : kAll)
        EXPECT_EQ(join(join(a, b), c), join(a, join(b, c)));
    }
  }
  EXPECT_EQ(join(Dependence::head, Dependence::row), Dependence::row); // rows of a block may be of several heads
  EXPECT_EQ(join(Dependence::head, Dependence::diagonal), Dependence::diagonal);
  EXPECT_EQ(join(Dependence::head, Dependence::column), Dependence::pair);
  EXPECT_EQ(join(Dependence::row, Dependence::diagonal), Dependence::pair);
}

/// The dependence of what each operation with an attribute `is` gives.
TEST(ScoreDependence, FollowsOperations) {
  MLIRContext context;
  context.loadDialect<arith::ArithDialect, func::FuncDialect, scf::SCFDialect>();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(R"(
    func.func @body(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %param: f32) {
      %c = arith.constant {is = "uniform"} 3 : i32
      %0 = arith.addi %b, %c {is = "uniform"} : i32
      %1 = arith.mulf %param, %param {is = "uniform"} : f32
      %2 = arith.muli %h, %0 {is = "head"} : i32
      %3 = arith.addi %p, %2 {is = "row"} : i32
      %4 = arith.addi %query, %p {is = "row"} : i32
      %5 = arith.addi %j, %key {is = "column"} : i32
      %6 = arith.addi %j, %h {is = "pair"} : i32
      %7 = arith.subi %j, %p {is = "diagonal"} : i32
      %8 = arith.muli %7, %2 {is = "diagonal"} : i32
      %9 = arith.subi %p, %j {is = "pair"} : i32
      %10 = arith.subi %key, %query {is = "pair"} : i32
      %11 = arith.sitofp %p {is = "row"} : i32 to f32
      %12 = arith.sitofp %j {is = "column"} : i32 to f32
      %13 = arith.subf %12, %11 {is = "diagonal"} : f32
      %14 = arith.addf %13, %s {is = "pair"} : f32
      %15 = arith.addi %7, %p {is = "pair"} : i32
      %yes = arith.cmpi sge, %7, %c {is = "diagonal"} : i32
      %16 = scf.if %yes -> i32 {
        %x = arith.addi %c, %c {is = "uniform"} : i32
        scf.yield %x : i32
      } else {
        scf.yield %b : i32
      } {is = "diagonal"}
      %17 = scf.if %yes -> i32 { // what a region uses counts
        scf.yield %j : i32
      } else {
        scf.yield %b : i32
      } {is = "pair"}
      return
    })",
                                                             &context);
  ASSERT_TRUE(module);
  auto function = module->lookupSymbol<func::FuncOp>("body");
  auto a = function.getArguments();
  PairContext pair{a[1], a[2], a[3], a[4], a[5], a[6], {}, {}};
  ScoreDependence dependence = pair.getDependence();
  auto name = [](Dependence d) -> std::string {
    const char *names[] = {"uniform", "head", "row", "column", "diagonal", "pair"};
    return names[static_cast<int>(d)];
  };
  unsigned tested = 0;
  function.walk([&](Operation *op) {
    if (auto is = op->getAttrOfType<StringAttr>("is")) {
      EXPECT_EQ(name(dependence.of(op->getResult(0))), is.getValue().str());
      ++tested;
    }
  });
  EXPECT_EQ(tested, 21u);
  EXPECT_TRUE(pair.areUniform({a[1], a[2], a[7]}));
  EXPECT_FALSE(pair.areUniform({a[1], a[3]}));
}

/// A chain is as long as its author makes it.
TEST(ScoreDependence, FollowsALongChain) {
  MLIRContext context;
  context.loadDialect<arith::ArithDialect, func::FuncDialect>();
  OpBuilder b(&context);
  Location loc = b.getUnknownLoc();
  Block body;
  body.addArguments({b.getF32Type(), b.getI32Type(), b.getI32Type(), b.getI32Type(), b.getI32Type()},
                    SmallVector<Location>(5, loc));
  b.setInsertionPointToEnd(&body);
  Value value = body.getArgument(3);
  for (int i = 0; i < 200000; ++i)
    value = arith::AddIOp::create(b, loc, value, value);
  PairContext pair{body.getArgument(1), body.getArgument(2), body.getArgument(3), body.getArgument(4), {}, {}, {}, {}};
  EXPECT_EQ(pair.getDependence().of(value), Dependence::row);
}

} // namespace
