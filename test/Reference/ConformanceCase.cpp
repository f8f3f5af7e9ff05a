// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From spec.json to contracts. Biases without an op of their own are written out from the formulas of
// test/conformance/README.md and dialects/Attn/Semantics.md.
#include "ConformanceCase.h"
#include "ScoreBuilder.h"
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace camber::test {
namespace {

using Json = nlohmann::json;
using Value = ScoreBuilder::Value;

template <typename T> T take(Result<T> result) {
  if (!result)
    throw std::runtime_error(result.error());
  return std::move(*result);
}

void addOperand(ConformanceCase &c, const std::string &name, Role role, harness::Tensor tensor) {
  Operand operand{name, role, tensor.element, {}};
  for (int64_t dim : tensor.shape)
    operand.dims.push_back({Dim::Fixed, dim});
  c.kernel.operands.push_back(operand);
  c.inputs[name] = std::move(tensor);
}

harness::Tensor integers(const std::vector<int64_t> &values, std::vector<int64_t> shape) {
  harness::Tensor tensor(Element::I32, std::move(shape));
  for (size_t i = 0; i < values.size(); ++i)
    tensor.set(i, double(values[i]));
  return tensor;
}

Value alibi(ConformanceCase &c, ScoreBuilder &b, Value s, const Json &m) {
  Attributes attrs;
  attrs["heads"] = m.value("heads_total", c.kernel.heads);
  attrs["head_offset"] = m.value("head_offset", int64_t(0));
  attrs["bias_max"] = m.value("bias_max", 8.0);
  if (m.contains("interpolation"))
    attrs["interpolation"] = m["interpolation"].get<double>();
  if (m.contains("train_len")) {
    attrs["train_len"] = m["train_len"].get<int64_t>();
    attrs["total_len"] = std::string("total_len");
    addOperand(c, "total_len", Role::Parameter, integers({m["total_len"].get<int64_t>()}, {}));
  }
  const std::pair<const char *, const char *> tables[] = {
      {"slopes", "slopes"}, {"slopes_left", "slopes"}, {"slopes_right", "slopes_right"}, {"offset", "offset"}};
  for (const auto &[array, attribute] : tables)
    if (c.inputs.count(array))
      attrs[attribute] = std::string(array);
  // The head of a shard's kernel is global.
  c.kernel.headOffset = m.value("head_offset", int64_t(0));
  const std::string form = m.value("form", "causal");
  return b.node(form == "causal" ? "attn.alibi" : "attn.alibi_" + form, {s, b.head, b.query, b.key}, attrs);
}

Value fire(const ConformanceCase &, ScoreBuilder &b, const Json &m) {
  const Value c = b.constant(m["c"]), one = b.constant(1);
  auto logOf = [&](Value x) { return b.unary("math.log", b.add(b.mul(c, x), one)); };
  const Value clamped = b.node("arith.maximumf", {b.add(b.toReal(b.query), one), b.constant(m["threshold"])});
  const Value x = b.div(logOf(b.absDistance()), logOf(clamped));
  Value sum = b.constant(0);
  for (int64_t unit = 0; unit < 8; ++unit) {
    const Value i = b.index(unit);
    const Value hidden = b.add(b.mul(b.lookup("w1", {i}), x), b.lookup("b1", {i}));
    sum = b.add(sum, b.mul(b.node("arith.maximumf", {hidden, b.constant(0)}), b.lookup("w2", {i, b.head})));
  }
  return sum;
}

Value sandwich(const ConformanceCase &c, ScoreBuilder &b, const Json &m) {
  const int64_t half = m["dim"].get<int64_t>() / 2;
  const Value d = b.toReal(b.distance());
  Value sum = b.constant(-double(half));
  for (int64_t i = 1; i <= half; ++i)
    sum = b.add(sum, b.unary("math.cos", b.mul(d, b.constant(std::pow(10000.0, -double(i) / double(half))))));
  const Value headPlusOne = b.add(b.toReal(b.head), b.constant(1));
  return b.div(sum, b.mul(headPlusOne, b.constant(8.0 / double(c.kernel.heads))));
}

Value tisa(ScoreBuilder &b) {
  const Value d = b.toReal(b.distance());
  Value sum = b.constant(0);
  for (int64_t term = 0; term < 5; ++term) {
    const Value t = b.index(term), shifted = b.sub(d, b.lookup("c", {b.head, t}));
    const Value width = b.unary("math.absf", b.lookup("b", {b.head, t}));
    const Value exponent = b.unary("arith.negf", b.mul(width, b.mul(shifted, shifted)));
    sum = b.add(sum, b.mul(b.lookup("a", {b.head, t}), b.unary("math.exp", exponent)));
  }
  return sum;
}

Value kerple(ScoreBuilder &b, bool power) {
  const Value r1 = b.lookup("r1", {b.head}), r2 = b.lookup("r2", {b.head}), d = b.absDistance();
  const Value growth = power ? b.node("math.powf", {d, r2}) : b.unary("math.log1p", b.mul(r2, d));
  return b.unary("arith.negf", b.mul(r1, growth));
}

Value region(ScoreBuilder &b, Value s, const std::string &name) {
  if (name == "soft")
    return b.add(b.mul(b.constant(0.9), s), b.mul(b.constant(0.1), b.unary("math.tanh", s)));
  if (name == "square")
    return b.sub(s, b.mul(b.constant(0.01), b.mul(s, s)));
  // da: max(s, 0) · (1 + e^1.5) / (1 + e^(1.5 − 0.25 (h + 1) |d|))
  const Value w = b.mul(b.constant(0.25), b.add(b.toReal(b.head), b.constant(1)));
  const Value e = b.unary("math.exp", b.sub(b.constant(1.5), b.mul(w, b.absDistance())));
  const Value f = b.div(b.constant(1 + std::exp(1.5)), b.add(b.constant(1), e));
  return b.mul(b.node("arith.maximumf", {s, b.constant(0)}), f);
}

Value modifier(ConformanceCase &c, ScoreBuilder &b, Value s, const Json &m) {
  const std::string kind = m["kind"];
  if (kind == "scale")
    return b.node("attn.scale", {s}, {{"factor", m["value"].get<double>()}});
  if (kind == "softcap")
    return b.node("attn.softcap", {s}, {{"cap", m["value"].get<double>()}});
  if (kind == "alibi")
    return alibi(c, b, s, m);
  if (kind == "t5")
    return b.node("attn.t5", {s, b.head, b.query, b.key},
                  {{"table", std::string("table")},
                   {"bidirectional", m["bidirectional"].get<bool>()},
                   {"max_distance", m["max_distance"].get<int64_t>()}});
  if (kind == "region")
    return region(b, s, m["name"]);
  if (kind == "clamped_table") // the lookup clamps d + r to 0 … 2r
    return b.add(s, b.lookup("table", {b.head, b.integer("arith.addi", {b.distance(), b.index(m["radius"])})}));
  if (kind == "kerple_log" || kind == "kerple_power")
    return b.add(s, kerple(b, kind == "kerple_power"));
  if (kind == "sandwich")
    return b.add(s, sandwich(c, b, m));
  if (kind == "tisa")
    return b.add(s, tisa(b));
  if (kind == "fire")
    return b.add(s, fire(c, b, m));
  if (kind == "separable") {
    // The gates are indexed locally. With end-aligned positions and no ranges, i = p_i + Lq − Lk and j is the key
    // position.
    const Value i = b.integer("arith.addi", {b.query, b.index(c.sizes.qLen - c.sizes.kvLen)});
    return b.add(s,
                 b.sub(b.lookup("query_gate", {b.batch, b.head, i}), b.lookup("key_gate", {b.batch, b.head, b.key})));
  }
  throw std::runtime_error("unknown modifier " + kind);
}

/// A number for all batches or one per batch.
std::vector<int64_t> perBatch(const Json &value, int64_t batch) {
  return value.is_array() ? value.get<std::vector<int64_t>>() : std::vector<int64_t>(batch, value.get<int64_t>());
}

} // namespace

std::vector<std::string> conformanceNames() {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(CAMBER_SOURCE_DIR "/test/conformance"))
    if (entry.is_directory())
      names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

ConformanceCase loadConformanceCase(const std::string &name) {
  const std::string directory = std::string(CAMBER_SOURCE_DIR "/test/conformance") + "/" + name + "/";
  std::ifstream stream(directory + "spec.json");
  const Json spec = Json::parse(stream);
  ConformanceCase c;
  c.kernel = plainKernel(spec["heads"], spec["kv_heads"], spec["head_dim"]);
  c.kernel.name = name;
  c.sizes = {spec["batch"], spec["q_len"], spec["kv_len"]};
  for (const char *operand : {"q", "k", "v"})
    c.inputs[operand] = take(harness::readNpy(directory + operand + ".npy", Element::F32));
  for (const auto &item : spec["parameters"].items()) {
    const Role role = item.key() == "query_segment" ? Role::QuerySegment
                      : item.key() == "key_segment" ? Role::KeySegment
                                                    : Role::Parameter;
    const Element element = role == Role::Parameter ? Element::F32 : Element::I32;
    addOperand(c, item.key(), role, take(harness::readNpy(directory + item.key() + ".npy", element)));
  }
  const std::pair<const char *, Role> ranges[] = {{"key_begin", Role::KeyBegin},
                                                  {"key_end", Role::KeyEnd},
                                                  {"query_offset", Role::QueryOffset},
                                                  {"key_offset", Role::KeyOffset}};
  for (const auto &[member, role] : ranges)
    if (spec.contains(member)) {
      addOperand(c, member, role, integers(perBatch(spec[member], c.sizes.batch), {c.sizes.batch}));
      c.kernel.offsetPositions |= role == Role::QueryOffset;
    }
  for (const Json &mask : spec["masks"]) {
    Mask result{"attn." + mask["kind"].get<std::string>(), {}};
    for (const char *member : {"left", "right", "length"})
      if (mask.contains(member))
        result.attrs[member] = mask[member].get<int64_t>();
    c.kernel.masks.push_back(result);
  }
  ScoreBuilder builder(c.kernel);
  Value value = ScoreBuilder::score;
  for (const Json &m : spec["modifiers"])
    value = modifier(c, builder, value, m);
  c.kernel.scoreResult = value;
  c.o = take(harness::readNpyDoubles(directory + "o.npy"));
  c.lse = take(harness::readNpyDoubles(directory + "lse.npy"));
  return c;
}

} // namespace camber::test
