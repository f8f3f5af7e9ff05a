// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Every function of math that a kernel may compute, against float64 libm: the worst error in units in the last place.
#include "VectorToLLVM.h"
#include "camber/Bundle/Linker.h"
#include "camber/Bundle/ObjectEmitter.h"
#include "camber/Bundle/TargetDesc.h"
#include "camber/Dialect/CPU/CPUDialect.h"
#include "camber/Target/LowerToLLVM.h"
#include "camber/Target/Target.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <random>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace camber;

namespace {
/// A function of one or two numbers, and the largest error that was measured, in units in the last place, rounded up.
/// This table is the documentation of the expansions' accuracy: 0.5 is correct rounding but for rare ties, 0 is exact.
struct Function {
  const char *name;
  double bound;
  double (*one)(double);
  double (*two)(double, double) = nullptr;
  /// %r of %a and %b in the types $F (f32) and $I (i32) where it is not just the operation of the name.
  const char *body = nullptr;
  const char *target = "x86-64-v3";
};

/// cpu.exp2 promises something for arguments up to 127.
double softmaxExp2(double x) { return std::exp2(x > 127 ? 127 : x); }
constexpr const char *kSoftmaxExp2 =
    "%top = arith.constant dense<127.0> : $F\n%limited = arith.minimumf %a, %top : $F\n"
    "%r = cpu.exp2 %limited : $F";

double limit(double x, double low, double high) { return std::min(std::max(std::isnan(x) ? 0 : x, low), high); }
double integerPower(double x, double y) {
  double base = std::trunc(limit(x, -50, 50)), exponent = std::trunc(limit(y, -3, 4));
  return base == 0 && exponent < 0 ? 0 : std::trunc(std::pow(base, exponent)) + 0.0; // an integer has no -0
}

const Function functions[] = {
    {"exp", 0.94, std::exp},
    {"exp2", 0.8, std::exp2},
    {"softmax_exp2", 2.1, softmaxExp2, nullptr, kSoftmaxExp2},
    {"softmax_exp2_avx512", 3, softmaxExp2, nullptr, kSoftmaxExp2, "x86-64-v4"},
    {"expm1", 0.501, std::expm1},
    {"log", 0.8, std::log},
    {"log2", 0.501, std::log2},
    {"log10", 0.501, std::log10},
    {"log1p", 0.501, std::log1p},
    {"sqrt", 0.5, std::sqrt},
    {"rsqrt", 0.501, [](double x) { return 1 / std::sqrt(x); }},
    {"cbrt", 0.501, std::cbrt},
    {"tanh", 1.07, std::tanh},
    {"sinh", 0.501, std::sinh},
    {"cosh", 0.501, std::cosh},
    {"asinh", 0.501, std::asinh},
    {"acosh", 0.501, std::acosh},
    {"atanh", 0.501, std::atanh},
    {"sin", 0.501, std::sin},
    {"cos", 0.501, std::cos},
    {"tan", 0.501, std::tan},
    {"asin", 0.501, std::asin},
    {"acos", 0.501, std::acos},
    {"atan", 0.501, std::atan},
    {"erf", 0.501, std::erf},
    {"erfc", 0.501, std::erfc},
    {"powf", 0.501, nullptr, std::pow},
    {"atan2", 0.501, nullptr, std::atan2},
    {"sincos_sin", 0.501, std::sin, nullptr, "%r, %c = math.sincos %a : $F"},
    {"sincos_cos", 0.501, std::cos, nullptr, "%s, %r = math.sincos %a : $F"},
    {"fpowi", 0.501, nullptr, [](double x, double y) { return std::pow(x, std::trunc(limit(y, -99, 99))); },
     "%isNaN = math.isnan %b : $F\n%zero = arith.constant dense<0.0> : $F\n%number = arith.select %isNaN, %zero, %b : "
     "$MASK, $F\n"
     "%low = arith.constant dense<-99.0> : $F\n%high = arith.constant dense<99.0> : $F\n"
     "%limited = math.clampf %number to [%low, %high] : $F\n%n = arith.fptosi %limited : $F to $I\n"
     "%r = math.fpowi %a, %n : $F, $I"},
    {"ipowi", 0, nullptr, integerPower,
     "%zero = arith.constant dense<0.0> : $F\n"
     "%aNaN = math.isnan %a : $F\n%aNumber = arith.select %aNaN, %zero, %a : $MASK, $F\n"
     "%bNaN = math.isnan %b : $F\n%bNumber = arith.select %bNaN, %zero, %b : $MASK, $F\n"
     "%aLow = arith.constant dense<-50.0> : $F\n%aHigh = arith.constant dense<50.0> : $F\n"
     "%bLow = arith.constant dense<-3.0> : $F\n%bHigh = arith.constant dense<4.0> : $F\n"
     "%aLimited = math.clampf %aNumber to [%aLow, %aHigh] : $F\n%bLimited = math.clampf %bNumber to [%bLow, %bHigh] : "
     "$F\n"
     "%m = arith.fptosi %aLimited : $F to $I\n%n = arith.fptosi %bLimited : $F to $I\n"
     "%power = math.ipowi %m, %n : $I\n%r = arith.sitofp %power : $I to $F"},
    {"remf", 0, nullptr, std::fmod, "%r = arith.remf %a, %b : $F"},
    {"round", 0, std::round},
    {"roundeven", 0, std::nearbyint},
    {"isnan", 0, [](double x) { return double(std::isnan(x)); }, nullptr,
     "%i = math.isnan %a : $F\n%r = arith.uitofp %i : $MASK to $F"},
    {"isinf", 0, [](double x) { return double(std::isinf(x)); }, nullptr,
     "%i = math.isinf %a : $F\n%r = arith.uitofp %i : $MASK to $F"},
    {"isfinite", 0, [](double x) { return double(std::isfinite(x)); }, nullptr,
     "%i = math.isfinite %a : $F\n%r = arith.uitofp %i : $MASK to $F"},
    {"isnormal", 0, [](double x) { return double(std::isfinite(x) && x != 0); },
     nullptr, // subnormal arguments count as 0
     "%i = math.isnormal %a : $F\n%r = arith.uitofp %i : $MASK to $F"}};

std::string loopOver(const Function &f, int width) {
  std::string vector = "vector<" + std::to_string(width) + "x", buffer = "memref<?xf32>";
  std::string body = f.body  ? f.body
                     : f.two ? "%r = math." + std::string(f.name) + " %a, %b : $F"
                             : "%r = math." + std::string(f.name) + " %a : $F";
  for (auto [name, element] : {std::pair("$F", "f32>"), {"$I", "i32>"}, {"$MASK", "i1>"}})
    for (size_t at; (at = body.find(name)) != std::string::npos;)
      body.replace(at, std::strlen(name), vector + element);
  std::string type = vector + "f32>";
  return "func.func @f(%x: " + buffer + ", %y: " + buffer + ", %o: " + buffer +
         ") {\n"
         "  %first = arith.constant 0 : index\n  %step = arith.constant " +
         std::to_string(width) +
         " : index\n"
         "  %count = memref.dim %x, %first : " +
         buffer +
         "\n"
         "  scf.for %at = %first to %count step %step {\n"
         "    %a = vector.load %x[%at] : " +
         buffer + ", " + type +
         "\n"
         "    %b = vector.load %y[%at] : " +
         buffer + ", " + type + "\n" + body +
         "\n"
         "    vector.store %r, %o[%at] : " +
         buffer + ", " + type + "\n  }\n  return\n}\n";
}

/// One function for every operation of the dialect, so that none can be forgotten, and arith.remf. `vector` is
/// "vector<8x" or empty.
std::string everyOperation(mlir::MLIRContext &context, std::string vector, std::string element) {
  std::string close = vector.empty() ? "" : ">";
  std::string real = vector + element + close, integer = vector + "i32" + close, mask = vector + "i1" + close, text;
  for (mlir::RegisteredOperationName name : context.getRegisteredOperationsByDialect("math")) {
    llvm::StringRef op = name.stripDialect();
    using Types = std::vector<std::string>;
    Types operands = {real}, results = {real};
    if (llvm::is_contained({"atan2", "powf", "copysign"}, op))
      operands = {real, real};
    else if (llvm::is_contained({"fma", "clampf"}, op))
      operands = {real, real, real};
    else if (op == "fpowi")
      operands = {real, integer};
    else if (op == "ipowi")
      operands = {integer, integer}, results = {integer};
    else if (llvm::is_contained({"absi", "ctlz", "cttz", "ctpop"}, op))
      operands = results = {integer};
    else if (op.starts_with("is"))
      results = {mask};
    else if (op == "sincos")
      results = {real, real};
    std::string arguments, names;
    for (size_t i = 0; i < operands.size(); ++i) {
      arguments += (i ? ", %" : "%") + std::to_string(i) + ": " + operands[i];
      names += (i ? ", %" : "%") + std::to_string(i);
    }
    std::string result = llvm::join(results, ", "), count = std::to_string(results.size());
    text += "func.func @" + op.str() + "(" + arguments + ") -> (" + result + ") {\n  %r:" + count + " = \"math." +
            op.str() + "\"(" + names + ") : (" + llvm::join(operands, ", ") + ") -> (" + result + ")\n  return %r#0" +
            (results.size() == 2 ? ", %r#1" : "") + " : " + result + "\n}\n";
  }
  text += "func.func @remf(%0: " + real + ", %1: " + real + ") -> " + real + " {\n  %r = arith.remf %0, %1 : " + real +
          "\n  return %r : " + real + "\n}\n";
  return text;
}

void load(mlir::MLIRContext &context) {
  mlir::DialectRegistry registry;
  registerUpstreamToLLVM(registry);
  context.appendDialectRegistry(registry);
  context.loadDialect<cpu::CPUDialect, mlir::arith::ArithDialect, mlir::func::FuncDialect, mlir::LLVM::LLVMDialect,
                      mlir::math::MathDialect, mlir::memref::MemRefDialect, mlir::scf::SCFDialect,
                      mlir::vector::VectorDialect>();
}

std::string objectOf(mlir::MLIRContext &context, const std::string &text, const char *targetName) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  EXPECT_TRUE(module) << text;
  mlir::PassManager passes(&context);
  cpu::buildVectorToLLVM(passes, /*scaleInstructions=*/targetName == llvm::StringRef("x86-64-v4"));
  EXPECT_TRUE(mlir::succeeded(passes.run(*module)));
  auto emitter = llvm::cantFail(bundle::ObjectEmitter::create(llvm::cantFail(lookupTarget(targetName))));
  return llvm::cantFail(emitter.object(*module));
}

/// The kernels' floating-point mode: subnormal numbers are 0.
struct FlushSubnormals {
#if defined(__x86_64__)
  unsigned saved = _mm_getcsr();
  FlushSubnormals() { _mm_setcsr(saved | 0x8040); }
  ~FlushSubnormals() { _mm_setcsr(saved); }
#endif
};

float flush(float x) { return std::abs(x) < 0x1p-126f ? std::copysign(0.0f, x) : x; }

/// |result - exact| in units of the last place of exact; 0 where both are NaN or the same infinity, ∞ where they
/// differ.
double error(float result, double exact) {
  if (std::isnan(exact) || std::isnan(result))
    return std::isnan(exact) && std::isnan(result) ? 0 : HUGE_VAL;
  float rounded = static_cast<float>(exact);
  if (std::isinf(result) || std::isinf(rounded))
    return result == rounded || std::abs(exact) > 0x1.fffffdp127 ? 0 : HUGE_VAL;
  if (std::abs(exact) < 0x1p-126)
    return std::abs(result) <= 0x1p-126 ? 0 : HUGE_VAL;
  int exponent;
  std::frexp(exact, &exponent);
  return std::abs(result - exact) / std::ldexp(1.0, exponent - 24);
}

/// Special numbers, then random ones: all bit patterns, and the ranges where functions bend. CAMBER_MATH_ARGUMENTS sets
/// their number; the table above was measured with 2^26.
std::vector<float> arguments(unsigned seed) {
  const char *wish = std::getenv("CAMBER_MATH_ARGUMENTS");
  size_t count = wish ? std::strtoull(wish, nullptr, 0) & ~size_t(15) : size_t(1) << 20;
  std::vector<float> xs;
  for (float x : {0.0f,          1.0f,        0.5f,      2.0f,      3.0f,          0.25f,       88.7228f,
                  128.0f,        127.99999f,  126.0f,    9.0f,      10.5f,         0x1p28f,     0x1p126f,
                  3.4028235e38f, 0x1p-126f,   0x1p-127f, HUGE_VALF, std::nanf(""), 0.99999994f, 1.0000001f,
                  8388609.0f,    0.49999997f, 1.5f,      2.5f,      1e10f,         1e22f})
    for (float sign : {1.0f, -1.0f})
      xs.push_back(sign * x);
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> small(-1, 1), medium(-20, 20), large(-150, 150);
  while (xs.size() < count) {
    xs.push_back(llvm::bit_cast<float>(static_cast<uint32_t>(random())));
    xs.push_back(small(random));
    xs.push_back(medium(random));
    xs.push_back(large(random));
    xs.push_back(1 + small(random) * 0x1p-10f);
  }
  xs.resize(count);
  return xs;
}

class ExpandMathBound : public testing::TestWithParam<Function> {};

TEST(ExpandMath, NoOperationCallsALibrary) {
  mlir::MLIRContext context;
  load(context);
  for (auto [target, vector] :
       {std::pair("x86-64-v3", "vector<8x"), {"x86-64-v4", "vector<16x"}, {"aarch64", "vector<4x"}})
    for (const char *shape : {vector, ""})
      for (const char *element : {"f32", "f16", "bf16"}) {
        std::string object = objectOf(context, everyOperation(context, shape, element), target);
        EXPECT_EQ(llvm::join(llvm::cantFail(bundle::undefinedSymbols(object)), " "), "")
            << target << " " << shape << element;
      }
}

TEST_P(ExpandMathBound, Holds) {
#if defined(__x86_64__)
  const Function &f = GetParam();
  const bool avx512 = f.target == llvm::StringRef("x86-64-v4");
  if (!(avx512 ? __builtin_cpu_supports("avx512dq") : __builtin_cpu_supports("avx2")))
    GTEST_SKIP() << "needs " << f.target;
  mlir::MLIRContext context;
  load(context);
  std::string object = objectOf(context, loopOver(f, avx512 ? 16 : 8), f.target);
  std::string library = llvm::cantFail(bundle::makeSharedLibrary({{"f.o", object}}, "f.so"));
  llvm::SmallString<128> path;
  ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("camber_math", "so", path));
  std::ofstream(path.c_str(), std::ios::binary) << library;
  void *handle = dlopen(path.c_str(), RTLD_NOW);
  llvm::sys::fs::remove(path);
  ASSERT_TRUE(handle) << dlerror();
  using Buffers = void (*)(const float *, const float *, int64_t, int64_t, int64_t, const float *, const float *,
                           int64_t, int64_t, int64_t, float *, float *, int64_t, int64_t, int64_t);
  auto function = reinterpret_cast<Buffers>(dlsym(handle, "f"));
  ASSERT_TRUE(function);
  std::vector<float> x = arguments(1), y = arguments(2), o(x.size());
  // Specials of both operands against each other.
  if (f.two)
    for (int i = 0; i < 54 * 54; ++i) {
      x[64 + i] = x[i / 54 % 54];
      y[64 + i] = y[i % 54];
    }
  int64_t n = static_cast<int64_t>(x.size());
  {
    FlushSubnormals mode;
    function(x.data(), x.data(), 0, n, 1, y.data(), y.data(), 0, n, 1, o.data(), o.data(), 0, n, 1);
  }
  double worst = 0;
  int64_t where = 0;
  for (int64_t i = 0; i < n; ++i) {
    double exact = f.two ? f.two(flush(x[i]), flush(y[i])) : f.one(flush(x[i]));
    double e = error(o[i], exact);
    // The sign of an exact zero counts too.
    if (exact == 0 && o[i] == 0 && std::signbit(exact) != std::signbit(o[i]))
      e = HUGE_VAL;
    if (e > worst) {
      worst = e;
      where = i;
    }
  }
  EXPECT_LE(worst, f.bound) << f.name << " of " << x[where] << ", " << y[where] << " gives " << o[where];
  RecordProperty("ulp", std::to_string(worst));
  llvm::errs() << f.name << ": " << llvm::format("%.3f", worst) << " ulp\n";
  dlclose(handle);
#else
  GTEST_SKIP() << "runs on x86-64";
#endif
}

INSTANTIATE_TEST_SUITE_P(All, ExpandMathBound, testing::ValuesIn(functions),
                         [](const auto &info) { return std::string(info.param.name); });
} // namespace
