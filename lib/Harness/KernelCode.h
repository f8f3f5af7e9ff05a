// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The code of one kernel, and how a check calls it: on this processor, or on a device.
#ifndef CAMBER_LIB_HARNESS_KERNELCODE_H
#define CAMBER_LIB_HARNESS_KERNELCODE_H

#include "camber/Harness/Call.h"
#include "camber/Harness/Check.h"
#include "camber/Runtime/Bundle.h"

namespace camber::harness {

/// One of the ways in which a check calls a kernel with the same inputs.
struct CallSetting {
  Layout layout;
  int threads = 1;              ///< on a device: thread blocks that are wanted, for which keys are split
  std::string description;      ///< in messages
  std::optional<size_t> family; ///< called through it: an index in Manifest::families
};

class KernelCode {
public:
  virtual ~KernelCode() = default;
  virtual std::vector<CallSetting> settings(const CheckOptions &options, int threads) const = 0;
  /// Fails where memory runs out or the sizes are beyond the device, which is not the kernel's fault.
  virtual Result<CallResult> call(const Sizes &sizes, const Inputs &inputs, const CallSetting &setting) = 0;
  /// The targets whose code is called.
  virtual std::vector<KernelTarget> targets() const = 0;
  /// Problems of up to so many batch · heads · q_len · kv_len · head_dim are tried with all sets of inputs.
  virtual double smallProblem() const { return 0x1p28; }
  /// Problem::truncatedSums.
  virtual bool truncatesSums() const { return false; }
};

/// Code for processors, guarded. `kernel` must outlive it.
class HostCode : public KernelCode {
public:
  HostCode(const Kernel &kernel, const EntryPoints &entry) : kernel(kernel), entry(entry) {}
  std::vector<CallSetting> settings(const CheckOptions &options, int threads) const override;
  Result<CallResult> call(const Sizes &sizes, const Inputs &inputs, const CallSetting &setting) override {
    return guardedCall(kernel, entry, sizes, inputs, setting.layout, setting.threads);
  }
  std::vector<KernelTarget> targets() const override;

protected:
  const Kernel &kernel;

private:
  EntryPoints entry;
};

/// Kernel `k` of a bundle on this processor, called by its own name and through the families it is in, which must
/// choose as abi.h says. `bundle` must outlive it.
std::unique_ptr<KernelCode> openHost(const Bundle &bundle, size_t k);

/// The targets of a kernel that are devices, or those that are not, as a list in words.
std::string targetNames(const Kernel &kernel, bool devices);

/// The target that `options.deviceTarget` names among the devices a kernel was compiled for, or the first. Fails where
/// there is none.
Result<KernelTarget> chooseDeviceTarget(const Kernel &kernel, const CheckOptions &options, const std::string &path);

/// Whether --async and --approx are modes of the PTX interpreter, and this program has one.
Status checkInterpreterOptions(const CheckOptions &options);

/// A device's code, run by the PTX interpreter. `kernel` must outlive it.
Result<std::unique_ptr<KernelCode>> openInterpreted(const Manifest &manifest, const Kernel &kernel,
                                                    const CheckOptions &options);

/// A device's code on the first NVIDIA GPU. `kernel` must outlive it.
Result<std::unique_ptr<KernelCode>> openCuda(const Manifest &manifest, const Kernel &kernel,
                                             const CheckOptions &options);

} // namespace camber::harness

#endif
