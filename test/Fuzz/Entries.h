// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What camber-fuzz-worker feeds inputs to. An entry returns whether the input was accepted; it may refuse any, and
// crash on none.
#ifndef CAMBER_TEST_FUZZ_ENTRIES_H
#define CAMBER_TEST_FUZZ_ENTRIES_H

#include <string>

namespace camber::fuzz {

struct Input {
  std::string arguments, text;
};

using Entry = bool (*)(const Input &);

/// By the kind that test/Fuzz/fuzz.py names; null where there is none.
Entry findEntry(const std::string &kind);

//===- CompilerEntries.cpp -------------------------------------------------===//

/// camber-opt: the arguments are a pass pipeline, e.g. "attn-to-tile{target=sm_80},canonicalize".
bool runPasses(const Input &input);
/// camber-compile FILE.mlir: the arguments are a level and a target, e.g. "asm sm_80".
bool compileKernelFile(const Input &input);
/// camber-compile --spec: the same arguments.
bool compileSpec(const Input &input);
/// A table of tiles and schedules.
bool readScheduleTable(const Input &input);

//===- HarnessEntries.cpp --------------------------------------------------===//

/// A bundle's manifest. Its checksum is mended first, for nothing behind it would be reached.
bool readManifestText(const Input &input);
/// Both readers of .npy files.
bool readNpyBytes(const Input &input);
/// camber-ptx: every kernel of a file is launched, on operands of some kilobytes.
bool runPtx(const Input &input);
/// An operand of camber-ptx, as its command line has it.
bool parseOperand(const Input &input);
/// Aborts where the text says so: that the fuzzer sees it is tested.
bool crashOnPurpose(const Input &input);

} // namespace camber::fuzz

#endif
