// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels called through their families.
#include "KernelCode.h"
#include "camber/Runtime/runtime.h"
#include <algorithm>
#include <fmt/format.h>

namespace camber::harness {
namespace {

class MemberCode : public HostCode {
public:
  MemberCode(const Bundle &bundle, size_t k)
      : HostCode(bundle.manifest().kernels[k], bundle.entry(k)), bundle(bundle), number(k) {}

  std::vector<CallSetting> settings(const CheckOptions &options, int threads) const override {
    std::vector<CallSetting> result = HostCode::settings(options, threads);
    const std::vector<Family> &families = bundle.manifest().families;
    for (size_t i = 0; i < families.size(); ++i)
      if (std::count(families[i].kernels.begin(), families[i].kernels.end(), number)) {
        CallSetting setting = result.front();
        setting.family = i;
        setting.description = fmt::format("through family '{}'", families[i].name);
        result.push_back(std::move(setting));
      }
    return result;
  }

  Result<CallResult> call(const Sizes &sizes, const Inputs &inputs, const CallSetting &setting) override {
    if (!setting.family)
      return HostCode::call(sizes, inputs, setting);
    Result<CallResult> result =
        guardedCall(kernel, bundle.family(*setting.family), sizes, inputs, setting.layout, setting.threads);
    if (result)
      checkChoice(*setting.family, sizes, *result);
    return result;
  }

private:
  /// What abi.h says of a kernel for arguments of this kernel's storage type.
  camber_status expectedStatus(size_t k, const Sizes &sizes) const {
    const Kernel &variant = bundle.manifest().kernels[k];
    camber_plan plan;
    return variant.storage != kernel.storage                             ? CAMBER_ERROR_ELEMENT
           : !variant.qLen.accepts(sizes.qLen)                           ? CAMBER_ERROR_QUERY_LENGTH
           : !variant.kvLen.accepts(sizes.kvLen)                         ? CAMBER_ERROR_KEY_LENGTH
           : bundle.entry(k).plan(nullptr, 1, &plan) == CAMBER_ERROR_CPU ? CAMBER_ERROR_CPU
                                                                         : CAMBER_OK;
  }

  void checkChoice(size_t family, const Sizes &sizes, CallResult &result) const {
    const Family &members = bundle.manifest().families[family];
    const FamilyEntryPoints &entry = bundle.family(family);
    auto violation = [&](const std::string &text) {
      result.violations.push_back(fmt::format("family '{}' {}", members.name, text));
    };
    if (entry.variants != static_cast<int64_t>(members.kernels.size()))
      return violation(
          fmt::format("says it has {} kernels; the manifest lists {}", entry.variants, members.kernels.size()));
    // Of the arguments, variants look at the header alone.
    const std::vector<uint8_t> arguments =
        packArguments(kernel, sizes, std::vector<camber_tensor>(kernel.operands.size()));
    const Kernel *chosen = nullptr;
    for (size_t i = 0; i < members.kernels.size(); ++i) {
      const Kernel &member = bundle.manifest().kernels[members.kernels[i]];
      camber_variant variant{sizeof(variant), CAMBER_ABI_VERSION, nullptr, nullptr, CAMBER_OK, 0};
      const camber_status status = entry.variant(arguments.data(), static_cast<int32_t>(i), &variant);
      const camber_status expected = expectedStatus(members.kernels[i], sizes);
      if (status != CAMBER_OK || !variant.kernel || variant.kernel != member.name || variant.status != expected)
        violation(fmt::format("says of variant {} that '{}' gets {}; it is '{}' and gets {}", i,
                              variant.kernel ? variant.kernel : "",
                              camber_status_name(status != CAMBER_OK ? status : variant.status), member.name,
                              camber_status_name(expected)));
      if (expected == CAMBER_OK && !chosen)
        chosen = &member;
    }
    if (result.completed && chosen && result.report.plan.fingerprint != chosen->fingerprint)
      violation(fmt::format("did not choose '{}', the first kernel that fits", chosen->name));
  }

  const Bundle &bundle;
  size_t number;
};

} // namespace

std::unique_ptr<KernelCode> openHost(const Bundle &bundle, size_t k) { return std::make_unique<MemberCode>(bundle, k); }

} // namespace camber::harness
