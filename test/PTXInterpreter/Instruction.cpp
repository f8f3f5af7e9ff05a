// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs one instruction on many operands.
#include "Instruction.h"
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <sstream>

namespace camber::test {

namespace {

struct TypeInfo {
  int bits;
  char kind; ///< i integer, f floating-point, p predicate
};

TypeInfo infoOf(std::string type) {
  if (type.back() == '~')
    type.pop_back();
  if (type == "p")
    return {1, 'p'};
  const bool packed = type.size() > 2 && type.substr(type.size() - 2) == "x2";
  const size_t digit = type.find_first_of("0123456789");
  const int width = std::stoi(type.substr(digit));
  const bool isFloat = type[0] == 'f' || type.substr(0, 2) == "bf";
  return {packed ? 2 * width : width, isFloat ? 'f' : 'i'};
}

std::vector<uint64_t> specials(const std::string &type) {
  if (type == "f32~")
    return {bits(0.0f), bits(1.0f), bits(-1.5f), bits(3.25f), bits(0.1f), bits(-1000.7f)};
  if (type == "f32")
    return {0,          0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000,
            1,          0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0x40490fdb, 0x3f000001,
            0x4b000001, 0xc1200000, 0x3fc00000, 0x40200000, 0x4f000000, 0xcf000000, 0x5f000000};
  if (type == "f64")
    return {0,           uint64_t(1) << 63, bits(1.0),      bits(-1.0),
            bits(1e300), bits(5e-324),      bits(INFINITY), bits(double(NAN)),
            bits(2.5),   bits(-3.5e9),      bits(1e20)};
  if (type == "f16" || type == "f16x2")
    return {0,      0x8000, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e00,     1,
            0x8001, 0x03ff, 0x0400, 0x7bff, 0x3555, 0x4248, 0x3e003c01, 0x80017bff};
  if (type == "bf16" || type == "bf16x2")
    return {0,      0x8000, 0x3f80, 0xbf80, 0x7f80, 0xff80,     0x7fc0,    1,
            0x8001, 0x0080, 0x7f7f, 0x3eab, 0x4049, 0x40003f81, 0x80017f7f};
  if (type == "p")
    return {0, 1};
  return {0,
          1,
          2,
          3,
          7,
          31,
          32,
          33,
          63,
          64,
          0x7f,
          0x80,
          0xff,
          0x7fff,
          0x8000,
          0xffff,
          0x7fffffff,
          0x80000000,
          0xffffffff,
          0x7fffffffffffffff,
          0x8000000000000000,
          0xffffffffffffffff,
          0x123456789abcdef0,
          0x1f01};
}

uint64_t truncated(uint64_t value, int width) { return width == 64 ? value : value & ((uint64_t(1) << width) - 1); }

std::vector<uint64_t> operandsOf(const std::string &type, size_t count, size_t stride, std::mt19937_64 &random) {
  const std::vector<uint64_t> special = specials(type);
  std::vector<uint64_t> values(count);
  for (size_t i = 0; i < count; ++i) {
    if (i < 1536) {
      values[i] = special[i / stride % special.size()];
    } else if (type == "f32~") {
      values[i] = bits(static_cast<float>(std::ldexp(static_cast<double>(static_cast<int32_t>(random())), -24)));
    } else if (type == "f32" && random() % 2) {
      values[i] = bits(static_cast<float>(
          std::ldexp(static_cast<double>(static_cast<int32_t>(random())), static_cast<int>(random() % 60) - 50)));
    } else {
      values[i] = random();
      if (infoOf(type).kind == 'i' && random() % 4 == 0)
        values[i] >>= random() % 64;
    }
    values[i] = truncated(values[i], infoOf(type).bits);
  }
  return values;
}

bool isNan(uint64_t value, const std::string &type, int part) {
  if (type == "f32")
    return std::isnan(f32(value));
  if (type == "f64")
    return std::isnan(f64(value));
  const uint64_t half = value >> 16 * part & 0x7fff;
  return type.substr(0, 2) == "bf" ? half > 0x7f80 : type.substr(0, 3) == "f16" && half > 0x7c00;
}

bool same(uint64_t a, uint64_t b, const std::string &type) {
  if (a == b)
    return true;
  if (infoOf(type).kind != 'f')
    return false;
  if (type == "f32" || type == "f64")
    return isNan(a, type, 0) && isNan(b, type, 0);
  const int parts = infoOf(type).bits / 16;
  for (int part = 0; part < parts; ++part)
    if ((a >> 16 * part & 0xffff) != (b >> 16 * part & 0xffff) && !(isNan(a, type, part) && isNan(b, type, part)))
      return false;
  return true;
}

std::string registerName(const TypeInfo &info, int index) {
  return (info.bits == 1 ? "%q" : info.bits <= 16 ? "%h" : info.bits == 32 ? "%w" : "%l") + std::to_string(index);
}

std::string memoryType(const TypeInfo &info) {
  return info.bits == 1 || info.bits == 8 ? "u8" : "b" + std::to_string(info.bits);
}

/// Operand i comes from 8·(3·thread + i) bytes into the input; the result goes to 8·thread bytes into the output.
std::string textOf(const InstructionCase &test, const std::vector<std::string> &types) {
  std::string body = "  mov.u32 %w9, %tid.x;\n  mov.u32 %w10, %ctaid.x;\n  mov.u32 %w11, %ntid.x;\n  mad.lo.u32 %w9, "
                     "%w10, %w11, %w9;\n"
                     "  ld.param.u64 %l8, [in];\n  ld.param.u64 %l9, [out];\n  mad.wide.u32 %l8, %w9, 24, %l8;\n  "
                     "mad.wide.u32 %l9, %w9, 8, %l9;\n";
  std::string operands = registerName(infoOf(types[0]), 0);
  for (size_t i = 1; i < types.size(); ++i) {
    const TypeInfo info = infoOf(types[i]);
    const std::string name = registerName(info, static_cast<int>(i));
    const std::string loaded = info.bits == 1 ? "%h" + std::to_string(i) : name;
    body += "  ld.global." + memoryType(info) + " " + loaded + ", [%l8+" + std::to_string(8 * (i - 1)) + "];\n";
    if (info.bits == 1)
      body += "  setp.ne.u16 " + name + ", " + loaded + ", 0;\n";
    operands += ", " + name;
  }
  body += "  " + test.opcode + " " + operands + (test.extra.empty() ? "" : ", " + test.extra) + ";\n";
  const TypeInfo result = infoOf(types[0]);
  std::string name = registerName(result, 0);
  if (result.bits == 1) {
    body += "  selp.u16 %h0, 1, 0, %q0;\n";
    name = "%h0";
  }
  body += "  st.global.b64 [%l9], 0;\n  st.global." + memoryType(result) + " [%l9], " + name + ";\n";
  return kernelText(".param .u64 in, .param .u64 out",
                    "  .reg .pred %q<8>;\n  .reg .b16 %h<8>;\n  .reg .b32 %w<16>;\n  .reg .b64 %l<16>;\n" + body);
}

double valueOfHalf(uint64_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude = exponent == 31 ? (fraction ? NAN : INFINITY)
                           : exponent     ? std::ldexp(1 + fraction / 1024.0, exponent - 15)
                                          : std::ldexp(fraction, -24);
  return bits & 0x8000 ? -magnitude : magnitude;
}

/// Positive values in the order of their bits, which is theirs.
uint64_t nearest(double value, int direction, double (*decode)(uint64_t), uint64_t infinity) {
  if (std::isnan(value))
    return 0x7fff;
  const uint64_t sign = std::signbit(value) ? 0x8000 : 0;
  const double magnitude = std::fabs(value);
  if (std::isinf(magnitude))
    return sign | infinity;
  uint64_t low = 0, high = infinity; // decode(low) <= magnitude
  while (high - low > 1) {
    const uint64_t middle = (low + high) / 2;
    (decode(middle) <= magnitude ? low : high) = middle;
  }
  const double below = decode(low);
  if (below == magnitude || direction == 1)
    return sign | low;
  const double above = high == infinity ? 2 * below - decode(low - 1) : decode(high); // where the next one would be
  const double middle = (below + above) / 2;
  return sign | (magnitude > middle || (magnitude == middle && low % 2) ? high : low);
}

} // namespace

double halfValue(uint64_t bits) { return valueOfHalf(bits & 0xffff); }
double bfloatValue(uint64_t bits) { return f32((bits & 0xffff) << 16); }
uint64_t nearestHalf(double value, int direction) { return nearest(value, direction, halfValue, 0x7c00); }
uint64_t nearestBfloat(double value, int direction) { return nearest(value, direction, bfloatValue, 0x7f80); }
float flushed(float value) { return std::fabs(value) < 0x1p-126f ? std::copysign(0.0f, value) : value; }

std::string kernelText(const std::string &parameters, const std::string &body, const std::string &head) {
  return ".version 8.0\n.target sm_90a\n.address_size 64\n" + head + "\n.visible .entry k(" + parameters + ")\n{\n" +
         body + "}\n";
}

std::string readFile(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  EXPECT_TRUE(stream.is_open()) << path;
  return {std::istreambuf_iterator<char>(stream), {}};
}

ptx::Report runKernel(const std::string &text, std::vector<Buffer> &buffers, const ptx::LaunchShape &shape,
                      const ptx::LaunchOptions &options, const std::string &name) {
  const auto module = ptx::Module::parse(text);
  if (!module) {
    ADD_FAILURE() << module.error() << "\n" << text;
    return {};
  }
  const auto kernel = module->kernel(name);
  if (!kernel) {
    ADD_FAILURE() << kernel.error() << "\n" << text;
    return {};
  }
  ptx::Memory memory;
  ptx::Arguments arguments(*kernel);
  std::vector<uint64_t> addresses;
  for (size_t i = 0; i < buffers.size(); ++i) {
    const bool defined = buffers[i].access == ptx::Access::Read;
    addresses.push_back(memory.allocate(buffers[i].name, buffers[i].bytes.size(), buffers[i].access,
                                        defined ? buffers[i].bytes.data() : nullptr));
    arguments.set(i, addresses.back());
  }
  auto report = ptx::launch(*kernel, shape, arguments.bytes(), memory, options);
  if (!report) {
    ADD_FAILURE() << report.error();
    return {};
  }
  for (size_t i = 0; i < buffers.size(); ++i)
    if (!buffers[i].bytes.empty())
      std::memcpy(buffers[i].bytes.data(), memory.bytesAt(addresses[i]), buffers[i].bytes.size());
  return *report;
}

void checkInstruction(const InstructionCase &test) {
  SCOPED_TRACE(test.opcode);
  std::vector<std::string> types;
  std::istringstream stream(test.types);
  for (std::string type; stream >> type;)
    types.push_back(type);
  const size_t count = 2560; // 10 blocks of 256: special values against each other, then random ones
  std::mt19937_64 random(7);
  std::vector<uint64_t> operands(count * 3, 0);
  size_t stride = 1;
  for (size_t i = 1; i < types.size(); ++i) {
    const std::vector<uint64_t> values = operandsOf(types[i], count, stride, random);
    stride *= specials(types[i]).size();
    for (size_t j = 0; j < count; ++j)
      operands[3 * j + i - 1] = values[j];
  }
  std::vector<Buffer> buffers = {input("in", operands), output("out", count * 8)};
  const ptx::Report report = runKernel(textOf(test, types), buffers, {{10, 1, 1}, {256, 1, 1}, {1, 1, 1}, 0});
  EXPECT_TRUE(report.clean()) << report.text();
  const std::vector<uint64_t> results = contents<uint64_t>(buffers[1]);
  const int width = infoOf(types[0]).bits;
  const std::string resultType = types[0];
  for (size_t i = 0; i < count; ++i) {
    const uint64_t expected = truncated(test.model(operands[3 * i], operands[3 * i + 1], operands[3 * i + 2]), width);
    if (!same(truncated(results[i], width), expected, resultType)) {
      ADD_FAILURE() << std::hex << test.opcode << " of 0x" << operands[3 * i] << ", 0x" << operands[3 * i + 1] << ", 0x"
                    << operands[3 * i + 2] << " is 0x" << results[i] << ", should be 0x" << expected;
      return;
    }
  }
}

} // namespace camber::test
