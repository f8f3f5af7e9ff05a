// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Random attributes and parameters for every modifier of the dialect.
#include "RandomChains.h"
#include "llvm/Support/FormatVariadic.h"

using namespace camber::test;
using llvm::formatv;

/// A decimal float attribute that reads back as written.
static std::string decimal(double v) { return formatv("{0:e16}", v).str(); }

std::string Chain::parameter(std::string type, Datum datum) {
  std::string name = formatv("%arg{0}", data.size());
  arguments += ", " + name + ": " + type;
  data.push_back(std::move(datum));
  return name;
}

void Chain::apply(std::string op) {
  std::string result = formatv("%v{0}", values++);
  for (size_t at; (at = op.find("$s")) != std::string::npos;)
    op.replace(at, 2, score);
  body += "  " + result + " = " + op + "\n";
  score = result;
}

std::string Chain::text() const {
  return "func.func @body(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32" + arguments + ") -> f32 {\n" + body +
         "  return " + score + " : f32\n}\n";
}

void Chain::scale(double factor) { apply("attn.scale $s, " + decimal(factor)); }
void Chain::softcap(double cap) { apply("attn.softcap $s, " + decimal(cap)); }

std::string Chain::perHead(float scale) {
  Table table{{heads}, {}};
  for (int64_t h = 0; h < heads; ++h)
    table.entries.push_back(scale * static_cast<float>(random.magnitude(1e-4, 2) * double(random.integer(-1, 1))));
  return parameter("memref<4xf32>", {0, 0, std::make_shared<const Table>(std::move(table))});
}

std::string Chain::slopes(Slopes kind, std::string &attributes, bool half) {
  if (kind == Slopes::Formula || half) {
    int64_t total = headOffset + heads + 2 * random.integer(0, 2);
    attributes += formatv(", heads = {0}", total);
    if (half)
      halfHeads = total;
  }
  if (kind == Slopes::Formula) {
    attributes += ", bias_max = " + decimal(random.uniform(1, 16));
    return "";
  }
  attributes += formatv(", head_offset = {0}", headOffset);
  int64_t rows = kind == Slopes::PerBatch ? batches : 1;
  Table table{{heads}, {}};
  if (kind == Slopes::PerBatch)
    table.shape = {batches, heads};
  for (int64_t k = 0; k < rows * heads; ++k)
    table.entries.push_back(slopeOverride.value_or(float(random.magnitude(1e-4, 2) * double(random.integer(-1, 1)))));
  Datum datum{0, 0, std::make_shared<const Table>(std::move(table))};
  if (kind == Slopes::PerHead)
    return " slopes(" + parameter("memref<4xf32>", datum) + " : memref<4xf32>)";
  return " batch(%b) slopes(" + parameter("memref<?x4xf32>", datum) + " : memref<?x4xf32>)";
}

std::string Chain::interpolation(std::string &attributes) {
  std::string operands;
  if (random.chance(0.3))
    attributes += ", interpolation = " + decimal(random.magnitude(0.1, 10));
  if (random.chance(0.3))
    operands += " factor(" + parameter("f32", Datum::f32(float(random.magnitude(0.1, 10)))) + ")";
  if (random.chance(0.3)) {
    operands += " total_len(" + parameter("i32", Datum::i32(random.integer(1, 1 << 20))) + ")";
    attributes += formatv(", train_len = {0}", random.integer(1, 1 << 16));
  }
  return operands;
}

/// Attributes were collected with a comma before each.
static std::string dictionary(const std::string &attributes) {
  return attributes.empty() ? "" : " {" + attributes.substr(2) + "}";
}

void Chain::alibi(llvm::StringRef form, Slopes kind) {
  if (form == "asymmetric")
    return asymmetric(false);
  std::string attributes, operands = slopes(kind, attributes, form == "half");
  operands += interpolation(attributes);
  apply("attn.alibi" + (form == "causal" ? "" : "_" + form.str()) + " $s at(%h, %p, %j)" + operands +
        dictionary(attributes));
  tight &= ++distanceOps == 1;
}

void Chain::asymmetric(bool integerOffset) {
  std::string attributes, left = slopes(Slopes::PerHead, attributes, false), right = perHead(1);
  if (slopeOverride)
    data.back() = data[data.size() - 2];
  Table offsets{{heads}, {}};
  for (int64_t h = 0; h < heads; ++h) {
    double offset = random.uniform(-1, 1) * random.magnitude(1, random.chance(0.5) ? 8 : 1e5);
    offsets.entries.push_back(offsetOverride.value_or(float(integerOffset ? std::round(offset) : offset)));
  }
  std::string offset = parameter("memref<4xf32>", {0, 0, std::make_shared<const Table>(std::move(offsets))});
  std::string operands = left + " slopes_right(" + right + " : memref<4xf32>) offset(" + offset + " : memref<4xf32>)";
  operands += interpolation(attributes);
  apply("attn.alibi_asymmetric $s at(%h, %p, %j)" + operands + dictionary(attributes));
  tight &= ++distanceOps == 1 && integerOffset;
}

void Chain::t5(bool bidirectional) {
  int64_t buckets = bidirectional ? 2 * random.integer(2, 16) : random.integer(2, 32);
  int64_t farthest = (bidirectional ? buckets / 2 : buckets) / 2 + random.integer(1, 200);
  Table table{{buckets, heads}, {}};
  for (int64_t k = 0; k < buckets * heads; ++k)
    table.entries.push_back(slopeOverride.value_or(float(random.uniform(-1, 1) * random.magnitude(1e-2, 20))));
  std::string type = formatv("memref<{0}x4xf32>", buckets).str();
  std::string name = parameter(type, {0, 0, std::make_shared<const Table>(std::move(table))});
  apply(formatv("attn.t5 $s at(%h, %p, %j) table({0} : {1}) {{{2}max_distance = {3}, head_offset = {4}}", name, type,
                bidirectional ? "bidirectional, " : "", farthest, headOffset));
  tight = false;
}

void Chain::any() {
  static const char *const forms[] = {"causal", "symmetric", "sqrt", "asymmetric"};
  switch (random.integer(0, 5)) {
  case 0:
    return scale(random.uniform(-1, 1) * random.magnitude(1e-2, 4));
  case 1:
    return softcap(random.magnitude(1, 100));
  case 2:
    return t5(random.chance(0.5));
  case 3:
    return halfHeads ? asymmetric(true) : alibi("half", static_cast<Slopes>(random.integer(0, 2)));
  default:
    return alibi(forms[random.integer(0, 3)], static_cast<Slopes>(random.integer(0, 2)));
  }
}
