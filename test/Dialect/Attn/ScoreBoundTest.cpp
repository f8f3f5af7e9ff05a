// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bounds hold every score of a block, computed pair by pair from what modifiers expand to, and promise no more than
// needed.
//
// There is no tolerance. The operations of an expansion round to nearest and so keep the order of their results; a
// bound performs the same ones on the ends of its interval. The one exception of a real processor is tanh, whose
// approximation may be out of order by the few ulp of its error: the interpreter takes it in double, which leaves no
// such case after rounding.
#include "RandomChains.h"
#include "TestBias.h"
#include "camber/Dialect/Attn/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include <algorithm>
#include <gtest/gtest.h>

using namespace mlir;
using namespace camber;
using namespace camber::test;

namespace {

/// A body, expanded, next to the bound that was asked of it before.
struct Compiled {
  Compiled(MLIRContext &context, const std::string &text);
  explicit operator bool() const { return bool(module); }

  OwningOpRef<ModuleOp> module;
  Block *body = nullptr, *bound = nullptr;
  Value score, lo, hi;
  bool unknown = false, falls = false, rises = false;
  std::string ending; ///< the name of the operation that ended `falls`
};

Compiled::Compiled(MLIRContext &context, const std::string &text) {
  module = parseSourceString<ModuleOp>(text, &context);
  if (!module)
    return;
  Location loc = module->getLoc();
  body = &module->lookupSymbol<func::FuncOp>("body").getBody().front();

  // (lo, hi, batch, head, query from, to, key from, to, parameters…)
  OpBuilder builder = OpBuilder::atBlockEnd(module->getBody());
  Type f32 = builder.getF32Type(), i32 = builder.getI32Type();
  SmallVector<Type> types = {f32, f32, i32, i32, i32, i32, i32, i32};
  auto params = body->getArguments().drop_front(5);
  llvm::append_range(types, ValueRange(params).getTypes());
  auto function = func::FuncOp::create(builder, loc, "bound", builder.getFunctionType(types, {f32, f32}));
  bound = function.addEntryBlock();
  builder.setInsertionPointToEnd(bound);
  attn::PairContext pair;
  pair.batch = body->getArgument(1);
  pair.head = body->getArgument(2);
  pair.queryPosition = body->getArgument(3);
  pair.keyPosition = body->getArgument(4);
  attn::ScoreBound scores(builder, loc, pair);
  Value *const fields[] = {&scores.lo,       &scores.hi,       &scores.batch,  &scores.head,
                           &scores.queryMin, &scores.queryMax, &scores.keyMin, &scores.keyMax};
  for (auto [field, argument] : llvm::zip(fields, bound->getArguments()))
    *field = argument;
  scores.lookup = [&](Value v) -> Value {
    auto argument = cast<BlockArgument>(v);
    EXPECT_GE(argument.getArgNumber(), 5u) << "only parameters are mapped";
    return bound->getArgument(argument.getArgNumber() + 3);
  };
  scores.follow(body->getTerminator()->getOperand(0));
  lo = scores.lo;
  hi = scores.hi;
  unknown = scores.unknown;
  falls = scores.falls;
  rises = scores.rises;
  ending = scores.ending ? scores.ending->getName().getStringRef().str() : "";
  attn::ScoreDecay decay = attn::findDecay(body->getTerminator()->getOperand(0), pair);
  EXPECT_EQ(decay.falls, scores.falls);
  EXPECT_EQ(decay.ending, scores.ending);
  func::ReturnOp::create(builder, loc, ValueRange{lo, hi});

  PassManager passes(&context);
  passes.addPass(attn::createExpandScores());
  if (failed(verify(*module)) || failed(passes.run(*module)))
    module = {};
  else
    score = body->getTerminator()->getOperand(0);
}

/// Pairs of a few positions with an interval of incoming scores.
struct Pairs {
  Pairs(Random &random, const Chain &chain) {
    batch = random.integer(0, Chain::batches - 1);
    head = chain.headOffset + random.integer(0, Chain::heads - 1);
    queryMin = static_cast<int64_t>(random.magnitude(1, 1 << 20)) - 1;
    queryMax = queryMin + random.integer(0, 5);
    keyMin =
        random.chance(0.5) ? queryMin + random.integer(-8, 8) : static_cast<int64_t>(random.magnitude(1, 1 << 20)) - 1;
    keyMax = keyMin + random.integer(0, 5);
    auto any = [&] { return float(random.uniform(-1, 1) * random.magnitude(1e-3, 1e4)); };
    lo = any();
    hi = random.chance(0.1) ? lo : any();
    if (hi < lo)
      std::swap(lo, hi);
  }
  int64_t batch, head, queryMin, queryMax, keyMin, keyMax;
  float lo, hi;
};

struct Interval {
  float lo, hi;
};

Interval evaluateBound(const Compiled &code, const Chain &chain, const Pairs &pairs) {
  Interpreter interpreter;
  SmallVector<Datum> arguments = {Datum::f32(pairs.lo), Datum::f32(pairs.hi)};
  for (int64_t v : {pairs.batch, pairs.head, pairs.queryMin, pairs.queryMax, pairs.keyMin, pairs.keyMax})
    arguments.push_back(Datum::i32(v));
  llvm::append_range(arguments, chain.data);
  for (auto [argument, datum] : llvm::zip_equal(code.bound->getArguments(), arguments))
    interpreter.set(argument, datum);
  interpreter.run(*code.bound);
  return {interpreter.number(code.lo), interpreter.number(code.hi)};
}

/// Calls `use` with every score of a visible pair: both ends of the incoming interval and two scores within.
template <typename Use>
void forEachScore(const Compiled &code, const Chain &chain, const Pairs &pairs, Random &random, Use use) {
  Interpreter interpreter;
  interpreter.set(code.body->getArgument(1), Datum::i32(pairs.batch));
  interpreter.set(code.body->getArgument(2), Datum::i32(pairs.head));
  for (auto [argument, datum] : llvm::zip_equal(code.body->getArguments().drop_front(5), chain.data))
    interpreter.set(argument, datum);
  for (int64_t query = pairs.queryMin; query <= pairs.queryMax; ++query)
    for (int64_t key = pairs.keyMin; key <= pairs.keyMax; ++key) {
      if (!chain.visible(pairs.head, key - query))
        continue;
      interpreter.set(code.body->getArgument(3), Datum::i32(query));
      interpreter.set(code.body->getArgument(4), Datum::i32(key));
      auto within = [&] { return std::clamp(float(random.uniform(pairs.lo, pairs.hi)), pairs.lo, pairs.hi); };
      for (float incoming : {pairs.lo, pairs.hi, within(), within()}) {
        interpreter.set(code.body->getArgument(0), Datum::f32(incoming));
        interpreter.run(*code.body);
        use(interpreter.number(code.score));
      }
    }
}

std::string print(const Chain &chain, const Pairs &pairs, Interval bound) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << chain.text() << "batch " << pairs.batch << ", head " << pairs.head << ", queries " << pairs.queryMin << " … "
     << pairs.queryMax << ", keys " << pairs.keyMin << " … " << pairs.keyMax << ", scores " << pairs.lo << " … "
     << pairs.hi << ", bound " << bound.lo << " … " << bound.hi;
  return text;
}

class ScoreBound : public testing::Test {
protected:
  ScoreBound() {
    DialectRegistry registry;
    registry.insert<attn::AttnDialect, test::TestBiasDialect, func::FuncDialect, memref::MemRefDialect,
                    arith::ArithDialect, math::MathDialect>();
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    context.disableMultithreading();
  }
  MLIRContext context;
};

struct Case {
  const char *name;
  void (*build)(Chain &, Random &);
  /// Whether bounds must equal the extremes; where the chain may have several distance-dependent ops, it says.
  bool tight = true;
};

using S = Chain::Slopes;
S anySlopes(Random &r) { return static_cast<S>(r.integer(0, 2)); }

const Case cases[] = {
    {"nothing", [](Chain &, Random &) {}},
    {"scale_positive", [](Chain &c, Random &r) { c.scale(r.magnitude(1e-3, 1e3)); }},
    {"scale_negative", [](Chain &c, Random &r) { c.scale(-r.magnitude(1e-3, 1e3)); }},
    {"scale_zero", [](Chain &c, Random &r) { c.scale(r.chance(0.5) ? 0.0 : -0.0); }},
    {"scale_by_zero", [](Chain &c, Random &r) { c.scale(r.chance(0.5) ? 0.0 : -0.0); }},
    {"softcap", [](Chain &c, Random &r) { c.softcap(r.magnitude(1e-2, 1e4)); }},
    {"alibi_causal", [](Chain &c, Random &r) { c.alibi("causal", anySlopes(r)); }},
    {"alibi_symmetric", [](Chain &c, Random &r) { c.alibi("symmetric", anySlopes(r)); }},
    {"alibi_half", [](Chain &c, Random &r) { c.alibi("half", anySlopes(r)); }},
    {"alibi_sqrt", [](Chain &c, Random &r) { c.alibi("sqrt", anySlopes(r)); }},
    {"alibi_asymmetric", [](Chain &c, Random &) { c.asymmetric(true); }},
    {"alibi_asymmetric_real_offset", [](Chain &c, Random &) { c.asymmetric(false); }, false},
    {"t5_causal", [](Chain &c, Random &) { c.t5(false); }, false},
    {"t5_bidirectional", [](Chain &c, Random &) { c.t5(true); }, false},
    {"alibi_then_softcap",
     [](Chain &c, Random &r) {
       c.alibi("causal", anySlopes(r));
       c.softcap(r.magnitude(1, 1e6));
     }},
    {"softcap_then_alibi",
     [](Chain &c, Random &r) {
       c.softcap(r.magnitude(1, 100));
       c.alibi("symmetric", anySlopes(r));
     }},
    {"alibi_then_scale_negative",
     [](Chain &c, Random &r) {
       c.scale(0.125);
       c.alibi(r.chance(0.5) ? "causal" : "sqrt", anySlopes(r));
       c.scale(-r.magnitude(0.1, 10));
     }},
    {"asymmetric_then_scale_negative",
     [](Chain &c, Random &r) {
       c.asymmetric(true);
       c.scale(-r.magnitude(0.1, 10));
     }},
    {"half_then_scale_negative_then_softcap",
     [](Chain &c, Random &r) {
       c.alibi("half", anySlopes(r));
       c.scale(-r.magnitude(0.1, 10));
       c.softcap(r.magnitude(1, 1e6));
     }},
    {"two_alibis",
     [](Chain &c, Random &r) {
       c.alibi("causal", anySlopes(r));
       c.alibi("symmetric", anySlopes(r));
     },
     false},
    {"alibi_and_t5",
     [](Chain &c, Random &r) {
       c.alibi("sqrt", anySlopes(r));
       c.t5(r.chance(0.5));
     },
     false},
    {"shift_of_another_dialect",
     [](Chain &c, Random &r) {
       c.apply("test_bias.shift $s by 2.5");
       c.alibi("causal", anySlopes(r));
     }},
    {"up_to_six_modifiers",
     [](Chain &c, Random &r) {
       for (int64_t n = r.integer(2, 6); n; --n)
         c.any();
     },
     false},
};

class Bounds : public ScoreBound, public testing::WithParamInterface<Case> {};

TEST_P(Bounds, HoldEveryScore) {
  SCOPED_TRACE("CAMBER_TEST_SEED=" + std::to_string(testSeed()));
  Random random(testSeed());
  int64_t scores = 0, blocks = 0, tightBlocks = 0;
  for (int chains = 0; chains < 40; ++chains) {
    Chain chain(random);
    GetParam().build(chain, random);
    Compiled code(context, chain.text());
    ASSERT_TRUE(code) << chain.text();
    ASSERT_FALSE(code.unknown);
    ASSERT_TRUE(!GetParam().tight || chain.tight);
    for (int k = 0; k < 25; ++k) {
      Pairs pairs(random, chain);
      Interval bound = evaluateBound(code, chain, pairs);
      float smallest = INFINITY, largest = -INFINITY;
      forEachScore(code, chain, pairs, random, [&](float score) {
        ASSERT_TRUE(std::isfinite(score)) << print(chain, pairs, bound);
        smallest = std::min(smallest, score);
        largest = std::max(largest, score);
        ++scores;
      });
      ++blocks;
      ASSERT_TRUE(std::isfinite(bound.lo) && std::isfinite(bound.hi)) << print(chain, pairs, bound);
      if (smallest > largest) // no visible pair
        continue;
      ASSERT_LE(bound.lo, smallest) << print(chain, pairs, bound);
      ASSERT_GE(bound.hi, largest) << print(chain, pairs, bound);
      if (!chain.tight)
        continue;
      ++tightBlocks;
      ASSERT_EQ(bound.lo, smallest) << print(chain, pairs, bound);
      ASSERT_EQ(bound.hi, largest) << print(chain, pairs, bound);
    }
  }
  EXPECT_GT(scores, 4 * blocks);
  EXPECT_GE(tightBlocks, GetParam().tight ? blocks / 5 : 0);
  RecordProperty("scores", static_cast<int>(scores));
  RecordProperty("blocks", static_cast<int>(blocks));
  RecordProperty("tight_blocks", static_cast<int>(tightBlocks));
}

INSTANTIATE_TEST_SUITE_P(Seeded, Bounds, testing::ValuesIn(cases), [](const auto &info) { return info.param.name; });

// What `HoldEveryScore` finds, it finds by one key: a bound of a block that ends one key early does not hold.
TEST_F(ScoreBound, IsExceededOneKeyOn) {
  Random random(1);
  Chain chain(random);
  chain.slopeOverride = 0.25f;
  chain.alibi("causal", S::PerHead);
  chain.scale(2);
  Compiled code(context, chain.text());
  ASSERT_TRUE(code) << chain.text();
  for (int k = 0; k < 100; ++k) {
    Pairs pairs(random, chain);
    Pairs shorter = pairs;
    ++pairs.keyMax;
    float largest = -INFINITY;
    forEachScore(code, chain, pairs, random, [&](float score) { largest = std::max(largest, score); });
    EXPECT_LT(evaluateBound(code, chain, shorter).hi, largest) << print(chain, pairs, {});
  }
}

// A table promises its extremes, whatever the distance; even where the distance is not the pair's.
TEST_F(ScoreBound, OfT5IsTheRangeOfItsTable) {
  for (const char *at : {"at(%h, %p, %j)", "at(%h, %j, %p)"}) {
    Random random(2);
    Chain chain(random);
    Table table{{32, Chain::heads}, {}};
    for (int64_t k = 0; k < 32 * Chain::heads; ++k)
      table.entries.push_back(static_cast<float>(k % Chain::heads ? random.uniform(-20, 20) : 0));
    std::string name = chain.parameter("memref<32x4xf32>", {0, 0, std::make_shared<const Table>(table)});
    chain.apply("attn.t5 $s " + std::string(at) + " table(" + name +
                " : memref<32x4xf32>) {head_offset = " + std::to_string(chain.headOffset) + "}");
    Compiled code(context, chain.text());
    ASSERT_TRUE(code) << chain.text();
    for (int k = 0; k < 100; ++k) {
      Pairs pairs(random, chain);
      float smallest = INFINITY, largest = -INFINITY;
      for (size_t i = pairs.head - chain.headOffset; i < table.entries.size(); i += Chain::heads) {
        smallest = std::min(smallest, table.entries[i]);
        largest = std::max(largest, table.entries[i]);
      }
      Interval bound = evaluateBound(code, chain, pairs);
      EXPECT_EQ(bound.lo, pairs.lo + smallest);
      EXPECT_EQ(bound.hi, pairs.hi + largest);
      forEachScore(code, chain, pairs, random, [&](float score) {
        ASSERT_LE(bound.lo, score);
        ASSERT_GE(bound.hi, score);
      });
    }
  }
}

std::string withTable(Chain &chain, std::string op);

// What switches skipping on: an upper end that falls without limit, for some slopes, on one side of the queries or
// both.
TEST_F(ScoreBound, FallsWithUnboundedTermsOnly) {
  const std::string formula = " {heads = 16}", causal = "attn.alibi $s at(%h, %p, %j)",
                    symmetric = "attn.alibi_symmetric $s at(%h, %p, %j)",
                    t5 = "attn.t5 $s at(%h, %p, %j) table($table) {max_distance = 16}";
  struct {
    std::vector<std::string> ops;
    bool falls, rises;
    std::string ending;
  } const cases[] = {
      {{}, false, false, ""},
      {{"attn.scale $s, 0.125"}, false, false, ""},
      {{"attn.softcap $s, 5.0"}, false, false, ""},
      {{t5}, false, false, ""},
      {{"test_bias.shift $s by 1.0"}, false, false, ""},
      {{causal + formula}, true, true, ""},
      {{symmetric + formula}, true, false, ""},
      {{"attn.alibi_sqrt $s at(%h, %p, %j)" + formula}, true, false, ""},
      {{"attn.alibi_half $s at(%h, %p, %j)" + formula}, true, false, ""},
      {{symmetric + " batch(%b) slopes($slopes)"}, true, true, ""},
      {{"attn.scale $s, 0.125", symmetric + formula, "attn.scale $s, 2.0"}, true, false, ""},
      {{symmetric + formula, "attn.scale $s, -2.0"}, false, true, "attn.scale"},
      {{symmetric + formula, "attn.scale $s, -2.0", "attn.scale $s, -1.0"}, true, false, ""},
      {{causal + formula, "attn.scale $s, -2.0"}, true, true, ""},
      {{symmetric + formula, "attn.scale $s, 0.0"}, false, false, "attn.scale"},
      {{symmetric + formula, t5}, true, false, ""},
      {{t5, symmetric + formula}, true, false, ""},
      {{"attn.softcap $s, 5.0", symmetric + formula}, true, false, ""},
      {{symmetric + formula, "attn.softcap $s, 5.0"}, false, false, "attn.softcap"},
      {{symmetric + formula, "attn.softcap $s, 5.0", "attn.scale $s, 2.0"}, false, false, "attn.softcap"},
      {{symmetric + formula, "test_bias.warp $s by 0.5"}, false, false, "test_bias.warp"},
      {{"arith.addf $s, $s : f32", symmetric + formula}, false, false, "arith.addf"},
      {{symmetric + formula, "arith.addf $s, $s : f32"}, false, false, "arith.addf"},
      {{"attn.alibi $s at(%h, %j, %p)" + formula}, false, false, "attn.alibi"},
  };
  for (const auto &c : cases) {
    Random random(5);
    Chain chain(random);
    for (const std::string &op : c.ops)
      chain.apply(withTable(chain, op));
    Compiled code(context, chain.text());
    ASSERT_TRUE(code) << chain.text();
    EXPECT_EQ(code.falls, c.falls) << chain.text();
    EXPECT_EQ(code.rises, c.rises) << chain.text();
    EXPECT_EQ(code.ending, c.ending) << chain.text();
  }
}

/// Gives an op its table. The entries are infinite: whatever is added to an interval of which nothing is known, its
/// ends stay.
std::string withTable(Chain &chain, std::string op) {
  for (auto [key, rows] : {std::pair("$slopes", 2), std::pair("$table", 8)})
    if (size_t at = op.find(key); at != std::string::npos) {
      Table table{{rows, Chain::heads}, std::vector<float>(rows * Chain::heads, -INFINITY)};
      std::string type = "memref<" + std::to_string(rows) + "x4xf32>";
      std::string name = chain.parameter(type, {0, 0, std::make_shared<const Table>(std::move(table))});
      op.replace(at, llvm::StringRef(key).size(), name + " : " + type);
    }
  return op;
}

// Arithmetic of the user, modifiers of other dialects, and biases of another pair than the block's are unknown, and no
// modifier after them knows more.
TEST_F(ScoreBound, IsInfiniteWhereNothingIsKnown) {
  const char *unknown[] = {
      "arith.addf $s, $s : f32",
      "test_bias.warp $s by 0.5",
      "test_bias.tent $s at(%p, %j) {peak = 3 : i64, slope = 0.5 : f64}",
      "attn.alibi $s at(%h, %j, %p) {heads = 16}",
      "attn.alibi_symmetric $s at(%h, %p, %q) {heads = 16}",
      "attn.alibi_sqrt $s at(%b, %p, %j) {heads = 16}",
      "attn.alibi $s at(%h, %p, %j) batch(%j) slopes($slopes)",
      "attn.alibi $s at(%h, %p, %j) factor(%f) {heads = 16}",
      "attn.t5 $s at(%b, %p, %j) table($table) {max_distance = 16}",
  };
  const char *after[] = {"",
                         "attn.scale $s, -2.0",
                         "attn.scale $s, 0.0",
                         "attn.softcap $s, 5.0",
                         "attn.alibi $s at(%h, %p, %j) {heads = 16}",
                         "attn.alibi_half $s at(%h, %p, %j) {heads = 16}",
                         "attn.t5 $s at(%h, %p, %j) table($table) {max_distance = 16}",
                         "test_bias.shift $s by 1.0"};
  for (const char *before : {"", "attn.scale $s, 0.125"})
    for (const char *op : unknown)
      for (const char *next : after) {
        Random random(3);
        Chain chain(random);
        chain.line("%f = arith.sitofp %p : i32 to f32");
        chain.line("%q = arith.addi %j, %j : i32");
        for (std::string text : {before, op, next})
          if (!text.empty())
            chain.apply(withTable(chain, text));
        Compiled code(context, chain.text());
        ASSERT_TRUE(code) << chain.text();
        EXPECT_TRUE(code.unknown) << chain.text();
        Interval bound = evaluateBound(code, chain, Pairs(random, chain));
        EXPECT_EQ(bound.lo, -INFINITY) << chain.text();
        EXPECT_EQ(bound.hi, INFINITY) << chain.text();
      }
}

/// Whether an end at `hi` leaves no `score` out: one that is a number is not above, any other keeps comparisons from
/// passing.
bool covers(float hi, float score) { return score <= hi || !(hi < INFINITY); }

// Slopes, offsets and tables that are not finite, and -0: a score that is NaN is never in a block that could be
// skipped.
TEST_F(ScoreBound, CoversScoresThatAreNotNumbers) {
  const char *forms[] = {"causal", "symmetric", "half", "sqrt", "asymmetric", "t5"};
  int64_t scores = 0, numbers = 0;
  for (float special : {NAN, INFINITY, -INFINITY, -0.0f, 3e38f})
    for (const char *form : forms)
      for (int after = 0; after < 7; ++after)
        for (bool offset : {false, true}) {
          if (offset && form != std::string("asymmetric"))
            continue;
          Random random(4);
          Chain chain(random);
          (offset ? chain.offsetOverride : chain.slopeOverride) = special;
          if (form == std::string("t5"))
            chain.t5(true);
          else
            chain.alibi(form, after % 2 ? S::PerHead : S::PerBatch);
          // What follows: nothing, and all that could lose an infinite end or meet it with another.
          auto oneMore = [&](float slope) {
            chain.slopeOverride = slope;
            chain.alibi("symmetric", S::PerHead);
          };
          switch (after) {
          case 1:
            chain.softcap(10);
            break;
          case 2:
            chain.scale(-1);
            break;
          case 3:
            chain.scale(0);
            break;
          case 4:
            oneMore(-special), chain.softcap(10);
            break;
          case 5:
            oneMore(special), chain.scale(0);
            break;
          case 6:
            oneMore(-special), chain.scale(-1), chain.softcap(10);
            break;
          default:
            break;
          }
          Compiled code(context, chain.text());
          ASSERT_TRUE(code) << chain.text();
          for (int k = 0; k < 50; ++k) {
            Pairs pairs(random, chain);
            Interval bound = evaluateBound(code, chain, pairs);
            forEachScore(code, chain, pairs, random, [&](float score) {
              ASSERT_TRUE(covers(bound.hi, score)) << score << "\n" << print(chain, pairs, bound);
              ASSERT_TRUE(covers(-bound.lo, -score)) << score << "\n" << print(chain, pairs, bound);
              ++scores;
              numbers += !std::isnan(score);
            });
          }
        }
  EXPECT_GT(numbers, scores / 10);
  EXPECT_LT(numbers, scores * 9 / 10);
  RecordProperty("scores", static_cast<int>(scores));
}

} // namespace
