// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Branches and ends, and what has no effect that could be seen here. Calls are in Decoder.cpp.
#include "Decode.h"
#include "Decoder.h"
#include "Machine.h"
#include <climits>

namespace camber::ptx {

namespace {

void branchForm(Decode &form) {
  form.expectOperands(1, 1);
  form.inst.flow = Flow::Branch;
  form.inst.target = form.labelIndex(form.operand(0));
}

void indexedBranchForm(Decode &form) {
  form.expectOperands(2, 2);
  form.inst.flow = Flow::BranchIndexed;
  form.inst.s[0] = form.source(form.operand(0), 32);
  const std::vector<std::string> *targets = form.branchTargets(form.operand(1));
  if (!targets)
    form.fail("unknown list of targets '" + form.operand(1).name + "'");
  for (const std::string &name : *targets) {
    Operand label;
    label.name = name;
    form.inst.targets.push_back(form.labelIndex(label));
  }
}

/// ret ends a called function, which Decoder::resolveTargets knows by this target, or the kernel.
void returnForm(Decode &form) {
  form.inst.flow = Flow::Exit;
  form.inst.target = INT_MIN;
}
void exitForm(Decode &form) { form.inst.flow = Flow::Exit; }

void trapForm(Decode &form) {
  form.inst.handler = [](Warp &warp, const Inst &inst, uint32_t mask) {
    warp.report(Finding::Trap, inst, __builtin_ctz(mask), "trap");
    throw AbortBlock{};
  };
}

void nothingForm(Decode &form) {
  form.inst.handler = [](Warp &, const Inst &, uint32_t) {};
}

/// Sleeping lets others run.
void sleepForm(Decode &form) {
  form.expectOperands(1, 1);
  form.source(form.operand(0), 32);
  form.inst.flow = Flow::Yield;
  form.inst.handler = [](Warp &warp, const Inst &, uint32_t) { warp.yields = true; };
}

} // namespace

void addControlForms(Forms &forms) {
  forms.insert(forms.end(), {
                                {"bra.uni?", branchForm},
                                {"brx.idx.uni?", indexedBranchForm},
                                {"ret.uni?", returnForm},
                                {"exit", exitForm},
                                {"trap", trapForm},
                                {"brkpt", nothingForm},
                                {"pmevent.mask?", nothingForm},
                                {"nanosleep.u32", sleepForm},
                                {"griddepcontrol.{launch_dependents,wait}", nothingForm},
                                {"setmaxnreg.{inc,dec}.sync.aligned.u32", nothingForm},
                            });
}

} // namespace camber::ptx
