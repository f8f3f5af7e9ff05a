// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Takes the place of Baseline.cpp and what it is made of in a build without baselines (CAMBER_BASELINE).
#include "camber/Harness/Baseline.h"

namespace camber::harness {
namespace {

const char kMissing[] = "this program was built without baselines, and --baseline needs them; configure Camber with "
                        "-DCAMBER_BASELINE=ON, or leave --baseline away";

} // namespace

struct UnfusedBaseline::State {};

std::string baselineNames() { return "none in this build"; }
// Any name: checkBaselineLibrary, which is asked next, says what is wrong.
std::optional<BiasStorage> findBaseline(const std::string &) { return BiasStorage::ByDistance; }
Status checkBaselineLibrary() { return Failure{kMissing}; }

Result<std::unique_ptr<UnfusedBaseline>> UnfusedBaseline::create(const Problem &, BiasStorage, int) {
  return Failure{kMissing};
}

UnfusedBaseline::UnfusedBaseline() = default;
UnfusedBaseline::~UnfusedBaseline() = default;
Status UnfusedBaseline::run(ThreadPool &, int64_t) { return Failure{kMissing}; }
Result<int64_t> UnfusedBaseline::tune(ThreadPool &) { return Failure{kMissing}; }
Comparison UnfusedBaseline::compareWith(const Expected &) const { return {}; }
const char *UnfusedBaseline::biasStorage() const { return ""; }
const std::string &UnfusedBaseline::library() const {
  static const std::string none;
  return none;
}
std::map<std::string, Tensor> UnfusedBaseline::outputs() const { return {}; }

} // namespace camber::harness
