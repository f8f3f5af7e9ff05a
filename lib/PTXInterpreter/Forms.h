// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The instruction forms that are known: a table of patterns, each with the function that decodes what matches it.
//
//     "add.sat?.s32"               one optional part
//     "shl.{b16,b32}"              one of several
//     "ld.{relaxed,acquire}?.…"    none or one of several
//     "…m64n*k16"                  * stands for digits
//
// A pattern covers an opcode completely, so that an unknown suffix is an error and never ignored. Forms.cpp lists the
// families; adding an instruction is a line in one of them, and a line in test/PTXInterpreter.
#ifndef CAMBER_PTXINTERPRETER_FORMS_H
#define CAMBER_PTXINTERPRETER_FORMS_H

#include "Program.h"

namespace camber::ptx {

class Decode;

struct Form {
  std::string pattern;
  void (*decode)(Decode &);
};
using Forms = std::vector<Form>;

/// The families, each in a file of its own.
void addMoveForms(Forms &forms);
void addIntegerForms(Forms &forms);
void addBitForms(Forms &forms);
void addFloatForms(Forms &forms);
void addRoundedForms(Forms &forms);
void addHalfForms(Forms &forms);
void addApproximateForms(Forms &forms);
void addCompareForms(Forms &forms);
void addConvertForms(Forms &forms);
void addLoadStoreForms(Forms &forms);
void addAtomicForms(Forms &forms);
void addWarpForms(Forms &forms);
void addControlForms(Forms &forms);
void addBarrierForms(Forms &forms);
void addMBarrierForms(Forms &forms);
void addTensorCopyForms(Forms &forms);
void addWgmmaForms(Forms &forms);
void addAsyncCopyForms(Forms &forms);
void addMatrixForms(Forms &forms);
void addMmaForms(Forms &forms);

/// The form of an opcode split at its dots. Throws Error naming the token that does not fit.
const Form &findForm(const Statement &statement);
/// All patterns, and how many opcodes they stand for.
const Forms &allForms();
uint64_t countOpcodes();

} // namespace camber::ptx

#endif
