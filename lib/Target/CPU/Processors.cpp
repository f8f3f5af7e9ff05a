// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What LLVM must be told of each processor, and the CPUID bits that the dispatcher of a bundle checks.
#include "Processors.h"

using namespace llvm;

namespace camber::cpu {
namespace {

constexpr StringLiteral kLinuxX86 = "x86_64-unknown-linux-gnu";
constexpr StringLiteral kLinuxArm = "aarch64-unknown-linux-gnu";

// XCR0: bit 1 xmm, bit 2 ymm, bits 5 to 7 opmask and zmm.
constexpr uint64_t kYmmState = 0x06, kZmmState = 0xe6;

using R = CpuidBit;

/// The psABI's x86-64-v3, including what v2 adds to the baseline, and OSXSAVE, without which XCR0 cannot be read.
std::vector<CpuidBit> bitsOfV3() {
  std::vector<CpuidBit> bits;
  for (uint8_t bit : {0, 9, 12, 13, 19, 20, 22, 23, 27, 28, 29}) // SSE3 SSSE3 FMA CX16 SSE4.1 SSE4.2 MOVBE POPCNT
    bits.push_back({1, 0, R::ECX, bit});                         // OSXSAVE AVX F16C
  for (uint8_t bit : {3, 5, 8})                                  // BMI1 AVX2 BMI2
    bits.push_back({7, 0, R::EBX, bit});
  for (uint8_t bit : {0, 5}) // LAHF LZCNT
    bits.push_back({0x80000001u, 0, R::ECX, bit});
  return bits;
}

std::vector<CpuidBit> bitsOfV4() {
  std::vector<CpuidBit> bits = bitsOfV3();
  for (uint8_t bit : {16, 17, 28, 30, 31}) // AVX512 F DQ CD BW VL
    bits.push_back({7, 0, R::EBX, bit});
  return bits;
}

std::vector<Processor> makeProcessors() {
  TargetDesc v3 = {"x86-64-v3", "x86-64-v3", "x86_64", kLinuxX86.str(), "x86-64-v3", "", 256, bitsOfV3(), kYmmState};
  // LLVM tunes x86-64-v4 for 256-bit vectors; the kernels choose their own width and mean it.
  TargetDesc v4 = {"x86-64-v4",       "x86-64-v4", "x86_64",   kLinuxX86.str(), "x86-64-v4",
                   "-prefer-256-bit", 512,         bitsOfV4(), kZmmState};
  std::vector<ExtraFeature> extrasOfV4 = {
      {"avx512bf16", {7, 1, R::EAX, 5}}, {"avx512fp16", {7, 0, R::EDX, 23}}, {"avx512vnni", {7, 0, R::ECX, 11}}};
  TargetDesc aarch64 = {"aarch64", "aarch64", "aarch64", kLinuxArm.str(), "generic", "+neon", 128, {}, 0};
  return {{v3, /*lanes=*/8, /*vectorRegisters=*/16, /*scaleInstructions=*/false, {}},
          {v4, 16, 32, true, extrasOfV4},
          {aarch64, 4, 32, false, {}}};
}

} // namespace

ArrayRef<Processor> getProcessors() {
  static const std::vector<Processor> processors = makeProcessors();
  return processors;
}

} // namespace camber::cpu
