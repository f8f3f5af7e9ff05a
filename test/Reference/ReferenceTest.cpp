// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Single operations, masks, conversions and refusals of the reference, against values worked out by hand.
#include "camber/Reference/Reference.h"
#include "../Runtime/NoThreads.h"
#include "ScoreBuilder.h"
#include "camber/Harness/Call.h"
#include "camber/Harness/InputSets.h"
#include "camber/Reference/KnownOperations.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace camber;
using namespace camber::test;

namespace {

/// One query, one key, head dimension 1: lse is then the score after the last modifier.
struct OneScore {
  Kernel kernel = plainKernel(1, 1, 1);
  harness::Inputs inputs;

  OneScore(float product) {
    for (const char *name : {"q", "k", "v"}) {
      inputs[name] = harness::Tensor(Element::F32, {1, 1, 1, 1});
      inputs[name].set(0, *name == 'q' ? product : 1);
    }
  }
  void parameter(const std::string &name, Element element, std::vector<int64_t> shape, std::vector<double> values) {
    Operand operand{name, Role::Parameter, element, {}};
    for (int64_t dim : shape)
      operand.dims.push_back({Dim::Fixed, dim});
    kernel.operands.push_back(operand);
    harness::Tensor tensor(element, shape);
    for (size_t i = 0; i < values.size(); ++i)
      tensor.set(i, values[i]);
    inputs[name] = tensor;
  }
  Result<RowResults> run(Arithmetic arithmetic = Arithmetic::Float64) {
    return evaluate(harness::makeProblem(kernel, {1, 1, 1}, inputs), {{0, 0, 0}}, arithmetic, 1);
  }
  double value() {
    Result<RowResults> results = run();
    EXPECT_TRUE(results) << results.error();
    return results ? results->lse[0] : NAN;
  }
  std::string error() {
    Result<RowResults> results = run();
    return results ? "" : results.error();
  }
};

double unary(const char *op, float x) {
  OneScore s(x);
  ScoreBuilder(s.kernel).unary(op, 0);
  return s.value();
}

double binary(const char *op, float x, double y) {
  OneScore s(x);
  ScoreBuilder b(s.kernel);
  b.node(op, {0, b.constant(y)});
  return s.value();
}

double integers(const char *op, int64_t x, int64_t y, Attributes attrs = {}) {
  OneScore s(0);
  ScoreBuilder b(s.kernel);
  b.toReal(b.integer(op, {b.index(x), b.index(y)}, attrs));
  return s.value();
}

TEST(Operations, UnaryReal) {
  EXPECT_EQ(unary("arith.negf", 2), -2);
  EXPECT_EQ(unary("math.absf", -3), 3);
  EXPECT_DOUBLE_EQ(unary("math.exp", 1), std::exp(1.0));
  EXPECT_DOUBLE_EQ(unary("math.exp2", 3), 8);
  EXPECT_DOUBLE_EQ(unary("math.expm1", 1), std::exp(1.0) - 1);
  EXPECT_DOUBLE_EQ(unary("math.log", 2), std::log(2.0));
  EXPECT_DOUBLE_EQ(unary("math.log2", 8), 3);
  EXPECT_DOUBLE_EQ(unary("math.log1p", 1), std::log(2.0));
  EXPECT_DOUBLE_EQ(unary("math.log10", 1000), 3);
  EXPECT_DOUBLE_EQ(unary("math.sqrt", 9), 3);
  EXPECT_DOUBLE_EQ(unary("math.rsqrt", 4), 0.5);
  EXPECT_DOUBLE_EQ(unary("math.tanh", 1), std::tanh(1.0));
  EXPECT_DOUBLE_EQ(unary("math.sin", 1), std::sin(1.0));
  EXPECT_DOUBLE_EQ(unary("math.cos", 1), std::cos(1.0));
  EXPECT_DOUBLE_EQ(unary("math.tan", 1), std::tan(1.0));
  EXPECT_DOUBLE_EQ(unary("math.atan", 1), std::atan(1.0));
  EXPECT_DOUBLE_EQ(unary("math.sinh", 1), std::sinh(1.0));
  EXPECT_DOUBLE_EQ(unary("math.cosh", 1), std::cosh(1.0));
  EXPECT_DOUBLE_EQ(unary("math.erf", 1), std::erf(1.0));
  EXPECT_EQ(unary("math.floor", -1.5f), -2);
  EXPECT_EQ(unary("math.ceil", -1.5f), -1);
  EXPECT_EQ(unary("math.trunc", -1.5f), -1);
  EXPECT_EQ(unary("math.round", 2.5f), 3);
  EXPECT_EQ(unary("math.roundeven", 2.5f), 2);
}

TEST(Operations, BinaryReal) {
  EXPECT_EQ(binary("arith.addf", 1, 2), 3);
  EXPECT_EQ(binary("arith.subf", 1, 2), -1);
  EXPECT_EQ(binary("arith.mulf", 3, 2), 6);
  EXPECT_EQ(binary("arith.divf", 3, 2), 1.5);
  EXPECT_EQ(binary("arith.maximumf", 3, 2), 3);
  EXPECT_EQ(binary("arith.minimumf", 3, 2), 2);
  EXPECT_EQ(binary("arith.maxnumf", 3, NAN), 3);
  EXPECT_EQ(binary("arith.minnumf", 3, NAN), 3);
  EXPECT_TRUE(std::isnan(binary("arith.maximumf", 3, NAN)));
  EXPECT_TRUE(std::isnan(binary("arith.minimumf", 3, NAN)));
  EXPECT_EQ(binary("math.powf", 2, 3), 8);
  EXPECT_EQ(binary("math.copysign", 2, -1), -2);
}

TEST(Operations, Integers) {
  EXPECT_EQ(integers("arith.addi", 2147483647, 1), -2147483648.0);
  EXPECT_EQ(integers("arith.subi", 1, 2), -1);
  EXPECT_EQ(integers("arith.muli", 65536, 65536), 0);
  EXPECT_EQ(integers("arith.divsi", -7, 2), -3);
  for (const char *op : {"arith.divsi", "arith.divui", "arith.ceildivsi", "arith.ceildivui", "arith.floordivsi"})
    EXPECT_EQ(integers(op, -7, 0), -7) << op << " by zero divides by 1";
  for (const char *op : {"arith.remsi", "arith.remui"})
    EXPECT_EQ(integers(op, -7, 0), 0) << op;
  EXPECT_EQ(integers("arith.divsi", -2147483648LL, -1), -2147483648.0);
  EXPECT_EQ(integers("arith.divui", -1, 2), 2147483647);
  EXPECT_EQ(integers("arith.remsi", -7, 2), -1);
  EXPECT_EQ(integers("arith.maxsi", -7, 2), 2);
  EXPECT_EQ(integers("arith.minsi", -7, 2), -7);
  EXPECT_EQ(integers("arith.andi", 6, 3), 2);
  EXPECT_EQ(integers("arith.ori", 6, 3), 7);
  EXPECT_EQ(integers("arith.xori", 6, 3), 5);
  EXPECT_EQ(integers("arith.shli", 1, 31), -2147483648.0);
  EXPECT_EQ(integers("arith.shli", 1, 32), 0);
  EXPECT_EQ(integers("arith.shrsi", -8, 1), -4);
  EXPECT_EQ(integers("arith.ceildivui", 7, 2), 4);
  EXPECT_EQ(integers("math.ipowi", -3, 3), -27);
  EXPECT_EQ(integers("math.ipowi", 65536, 2), 0);
  EXPECT_EQ(integers("math.ipowi", -1, -3), -1);
  EXPECT_EQ(integers("math.ipowi", 2, -1), 0);
  EXPECT_EQ(integers("math.ipowi", 0, 0), 1);
}

TEST(Operations, Bits) {
  auto count = [](const char *op, int64_t x) {
    OneScore s(0);
    ScoreBuilder b(s.kernel);
    b.toReal(b.integer(op, {b.index(x)}));
    return s.value();
  };
  EXPECT_EQ(count("math.ctpop", -1), 32);
  EXPECT_EQ(count("math.ctpop", 6), 2);
  EXPECT_EQ(count("math.ctlz", 1), 31);
  EXPECT_EQ(count("math.ctlz", 0), 32);
  EXPECT_EQ(count("math.cttz", 12), 2);
  EXPECT_EQ(count("math.cttz", 0), 32);

  OneScore toInteger(1);
  ScoreBuilder bits(toInteger.kernel);
  bits.toReal(bits.integer("arith.bitcast", {0}));
  EXPECT_EQ(toInteger.value(), 0x3f800000);
  OneScore toReal(0);
  ScoreBuilder real(toReal.kernel);
  real.node("arith.bitcast", {real.index(0x40490fdb)});
  EXPECT_EQ(toReal.value(), 3.14159274101257324);
}

TEST(Operations, ClassesOfNumbers) {
  auto is = [](const char *op, double x) {
    OneScore s(0);
    ScoreBuilder b(s.kernel);
    ScoreBuilder::Value yes = b.constant(1), no = b.constant(0);
    b.node("arith.select", {b.node(op, {b.constant(x)}, {}, {}, ScalarType::I1), yes, no});
    return s.value();
  };
  const double cases[] = {NAN, INFINITY, -INFINITY, 1e39, 0, 1e-40, -2};
  const double nan[] = {1, 0, 0, 0, 0, 0, 0}, inf[] = {0, 1, 1, 1, 0, 0, 0}, finite[] = {0, 0, 0, 0, 1, 1, 1},
               normal[] = {0, 0, 0, 0, 0, 0, 1};
  for (size_t i = 0; i < std::size(cases); ++i) {
    EXPECT_EQ(is("math.isnan", cases[i]), nan[i]) << cases[i];
    EXPECT_EQ(is("math.isinf", cases[i]), inf[i]) << cases[i] << ": 1e39 is infinite as an f32";
    EXPECT_EQ(is("math.isfinite", cases[i]), finite[i]) << cases[i];
    EXPECT_EQ(is("math.isnormal", cases[i]), normal[i]) << cases[i];
  }
}

TEST(Operations, Clamp) {
  auto clamp = [](float x, double low, double high) {
    OneScore s(x);
    ScoreBuilder b(s.kernel);
    ScoreBuilder::Value l = b.constant(low), h = b.constant(high);
    b.node("math.clampf", {0, l, h});
    return s.value();
  };
  EXPECT_EQ(clamp(3, -1, 2), 2);
  EXPECT_EQ(clamp(-3, -1, 2), -1);
  EXPECT_EQ(clamp(1, -1, 2), 1);
}

TEST(Operations, ComparisonsAndSelect) {
  auto cmpf = [](const char *predicate, float x, double y) {
    OneScore s(x);
    ScoreBuilder b(s.kernel);
    const auto bit =
        b.node("arith.cmpf", {0, b.constant(y)}, {{"predicate", std::string(predicate)}}, {}, ScalarType::I1);
    b.node("arith.select", {bit, b.constant(1), b.constant(0)});
    return s.value();
  };
  auto cmpi = [](const char *predicate, int64_t x, int64_t y) {
    OneScore s(0);
    ScoreBuilder b(s.kernel);
    const auto bit =
        b.node("arith.cmpi", {b.index(x), b.index(y)}, {{"predicate", std::string(predicate)}}, {}, ScalarType::I1);
    b.toReal(b.integer("arith.extui", {bit}));
    return s.value();
  };
  EXPECT_EQ(cmpf("olt", 1, 2), 1);
  EXPECT_EQ(cmpf("oge", 1, 2), 0);
  EXPECT_EQ(cmpf("olt", 1, NAN), 0);
  EXPECT_EQ(cmpf("ult", 3, NAN), 1);
  EXPECT_EQ(cmpf("une", 1, 1), 0);
  EXPECT_EQ(cmpf("ord", 1, NAN), 0);
  EXPECT_EQ(cmpf("uno", 1, NAN), 1);
  EXPECT_EQ(cmpi("slt", -1, 0), 1);
  EXPECT_EQ(cmpi("ult", -1, 0), 0);
  EXPECT_EQ(cmpi("eq", 4, 4), 1);
  EXPECT_EQ(cmpi("ne", 4, 4), 0);
  EXPECT_EQ(cmpi("uge", -1, 4), 1);
}

TEST(Operations, Conversions) {
  OneScore s(-2.75f);
  ScoreBuilder b(s.kernel);
  b.toReal(b.integer("arith.fptosi", {0}));
  EXPECT_EQ(s.value(), -2);

  OneScore u(0);
  ScoreBuilder c(u.kernel);
  c.node("arith.uitofp", {c.index(-1)});
  EXPECT_EQ(u.value(), 4294967295.0);

  OneScore p(3);
  ScoreBuilder d(p.kernel);
  d.node("math.fpowi", {0, d.index(-2)});
  EXPECT_DOUBLE_EQ(p.value(), 1.0 / 9);

  OneScore f(3);
  ScoreBuilder e(f.kernel);
  e.node("math.fma", {0, e.constant(2), e.constant(1)});
  EXPECT_EQ(f.value(), 7);

  OneScore a(0);
  ScoreBuilder g(a.kernel);
  g.toReal(g.integer("math.absi", {g.index(-5)}));
  EXPECT_EQ(a.value(), 5);
}

TEST(Operations, LookupClampsAndScalarsArrive) {
  for (int64_t index : {-100, 0, 1, 2, 100}) {
    OneScore s(0);
    s.parameter("table", Element::F32, {3}, {10, 20, 30});
    ScoreBuilder b(s.kernel);
    b.lookup("table", {b.index(index)});
    EXPECT_EQ(s.value(), index <= 0 ? 10 : index == 1 ? 20 : 30);
  }
  OneScore s(1);
  s.parameter("factor", Element::F32, {}, {0.5});
  ScoreBuilder(s.kernel).node("arith.mulf", {0, 0});
  s.kernel.scores[0].args[1] = {0, "factor"};
  EXPECT_EQ(s.value(), 0.5);
}

TEST(Operations, MinusInfinityHides) {
  OneScore s(3);
  ScoreBuilder(s.kernel).node("arith.constant", {}, {{"value", std::string("-inf")}});
  Result<RowResults> results = s.run();
  ASSERT_TRUE(results);
  EXPECT_EQ(results->o[0], 0);
  EXPECT_EQ(results->lse[0], -INFINITY);
}

TEST(Operations, SinkJoinsTheDenominatorOnly) {
  OneScore s(2);
  s.kernel.operands.push_back({"sink", Role::Sink, Element::F32, {{Dim::Fixed, 1}}});
  s.inputs["sink"] = harness::Tensor(Element::F32, {1});
  s.inputs["sink"].set(0, 1);
  Result<RowResults> results = s.run();
  ASSERT_TRUE(results);
  EXPECT_DOUBLE_EQ(results->lse[0], std::log(std::exp(2.0) + std::exp(1.0)));
  EXPECT_DOUBLE_EQ(results->o[0], std::exp(2.0) / (std::exp(2.0) + std::exp(1.0)));
  // A row that sees nothing has the sink alone.
  s.kernel.masks = {{"attn.window", {{"left", int64_t(5)}, {"right", int64_t(-1)}}}};
  results = s.run();
  ASSERT_TRUE(results);
  EXPECT_EQ(results->lse[0], 1);
  EXPECT_EQ(results->o[0], 0);
}

// A node that the result does not depend on has no effect, even where it would hide pairs.
TEST(Operations, UnusedNodesHaveNoEffect) {
  OneScore last(3);
  ScoreBuilder(last.kernel).node("attn.scale", {0}, {{"factor", 0.25}});
  last.kernel.scoreResult = ScoreBuilder::score;
  EXPECT_EQ(last.value(), 3);

  // Of two heads in all, the first sees keys up to the query, here none: the only key is after it.
  OneScore half(3);
  half.kernel.offsetPositions = true;
  half.kernel.operands.push_back({"key_offset", Role::KeyOffset, Element::I32, {{Dim::Batch, 0}}});
  half.inputs["key_offset"] = harness::Tensor(Element::I32, {1});
  half.inputs["key_offset"].set(0, 1);
  ScoreBuilder b(half.kernel);
  b.node("attn.alibi_half", {0, 2, 3, 4}, {{"heads", int64_t(2)}});
  EXPECT_EQ(half.value(), -INFINITY);
  const ScoreBuilder::Value scaled = b.node("attn.scale", {0}, {{"factor", 2.0}});
  EXPECT_EQ(half.value(), 6);
  // The same half/half at a computed position, which hides in the node itself.
  b.node("attn.alibi_half", {0, 2, b.integer("arith.addi", {3, b.index(0)}), 4}, {{"heads", int64_t(2)}});
  EXPECT_EQ(half.value(), -INFINITY);
  half.kernel.scoreResult = scaled;
  EXPECT_EQ(half.value(), 6);
}

TEST(Rows, AreAllComputedWhereNoThreadStarts) {
  const Kernel kernel = plainKernel(3, 3, 4); // each head is work for a thread
  const Sizes sizes{2, 5, 7};
  const harness::Inputs inputs = harness::generateInputs(kernel, sizes, harness::InputSet::Normal, 1, 1);
  const Problem problem = harness::makeProblem(kernel, sizes, inputs);
  Result<RowResults> wanted = evaluate(problem, allRows(kernel, sizes), Arithmetic::Float64, 1);
  const NoThreads none;
  Result<RowResults> got = evaluate(problem, allRows(kernel, sizes), Arithmetic::Float64, 4);
  ASSERT_TRUE(wanted && got);
  EXPECT_EQ(got->o, wanted->o);
}

// What the compiler takes for checkable is checkable.
TEST(Refusals, NoKnownOperationIsUnknown) {
  for (std::string_view op : kKnownOperations) {
    OneScore s(0);
    ScoreBuilder(s.kernel).node(std::string(op), {});
    EXPECT_EQ(s.error().find("has no reference semantics"), std::string::npos) << op;
  }
  for (std::string_view mask : kKnownMasks) {
    OneScore s(0);
    s.kernel.masks = {{std::string(mask), {}}};
    EXPECT_EQ(s.error().find("has no reference semantics"), std::string::npos) << mask;
  }
}

TEST(Refusals, SayWhatIsWrong) {
  OneScore unknown(0);
  ScoreBuilder(unknown.kernel).unary("math.bessel", 0);
  EXPECT_EQ(unknown.error(), "operation 'math.bessel' has no reference semantics");

  OneScore mask(0);
  mask.kernel.masks = {{"attn.diamond", {}}};
  EXPECT_EQ(mask.error(), "mask 'attn.diamond' has no reference semantics");

  OneScore prefix(0);
  prefix.kernel.masks = {{"attn.prefix", {}}};
  EXPECT_NE(prefix.error().find("\"length\""), std::string::npos);

  OneScore kinds(0);
  ScoreBuilder(kinds.kernel).node("arith.addf", {0, 3});
  EXPECT_EQ(kinds.error(), "'arith.addf': has operands or a result of the wrong kind");

  OneScore predicate(0);
  ScoreBuilder(predicate.kernel).node("arith.cmpf", {0, 0}, {{"predicate", std::string("slt")}}, {}, ScalarType::I1);
  EXPECT_NE(predicate.error().find("unknown predicate 'slt'"), std::string::npos);

  // What bundles of earlier versions call a form is never taken for m · d.
  OneScore form(0);
  ScoreBuilder(form.kernel).node("attn.alibi", {0, 2, 3, 4}, {{"form", std::string("symmetric")}});
  EXPECT_NE(form.error().find("form 'symmetric': each form but causal is a separate operation now"), std::string::npos)
      << form.error();
  OneScore causal(2);
  ScoreBuilder(causal.kernel).node("attn.alibi", {0, 2, 3, 4}, {{"form", std::string("causal")}});
  EXPECT_EQ(causal.value(), 2);

  OneScore heads(0);
  ScoreBuilder(heads.kernel).node("attn.alibi", {0, 2, 3, 4}, {{"heads", int64_t(1) << 33}});
  EXPECT_EQ(heads.error(), "'attn.alibi': heads is 8589934592; it must be at least 1 and below 2^24");

  OneScore result(0);
  ScoreBuilder(result.kernel).index(3);
  EXPECT_NE(result.error().find("not a floating-point value"), std::string::npos);

  OneScore missing(0);
  missing.inputs.erase("k");
  EXPECT_EQ(missing.error(), "operand 'k' has no data");

  OneScore table(0);
  table.parameter("table", Element::F32, {4, 1}, {1, 2, 3, 4});
  ScoreBuilder(table.kernel)
      .node("attn.t5", {0, 2, 3, 4}, {{"table", std::string("table")}, {"max_distance", int64_t(2)}});
  EXPECT_NE(table.error().find("max_distance"), std::string::npos);
}

TEST(Storage, EveryHalfSurvives) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const double value = halfToDouble(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(halfToDouble(doubleToHalf(value))));
    } else {
      EXPECT_EQ(doubleToHalf(value), bits);
    }
    const double wide = bfloatToDouble(static_cast<uint16_t>(bits));
    if (!std::isnan(wide)) {
      EXPECT_EQ(doubleToBfloat(wide), bits);
    }
  }
}

TEST(Storage, RoundsOnceToNearestEven) {
  EXPECT_EQ(roundTo(Element::F16, 1 + 0x1p-11), 1);                     // a tie
  EXPECT_EQ(roundTo(Element::F16, 1 + 0x1p-11 + 0x1p-40), 1 + 0x1p-10); // float32 in between would make it a tie
  EXPECT_EQ(roundTo(Element::F16, 65519.999), 65504);
  EXPECT_EQ(roundTo(Element::F16, 65520), INFINITY);
  EXPECT_EQ(roundTo(Element::F16, 0x1p-25), 0);
  EXPECT_EQ(roundTo(Element::F16, 0x1.8p-25), 0x1p-24);
  EXPECT_EQ(roundTo(Element::BF16, 1 + 0x1p-8), 1);
  EXPECT_EQ(roundTo(Element::BF16, -(1 + 0x1.8p-8)), -(1 + 0x1p-7));
}

} // namespace
