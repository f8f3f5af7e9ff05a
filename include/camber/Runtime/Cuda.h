// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CUDA driver, found when it is needed: the part of its interface that Camber uses.
#ifndef CAMBER_RUNTIME_CUDA_H
#define CAMBER_RUNTIME_CUDA_H

#include "camber/Runtime/DevicePlan.h"
#include "camber/Runtime/Result.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace camber::cuda {

/// Functions of libcuda.so.1; the names are the driver's without `cu`.
struct Driver;

/// A device, its primary context retained. Its functions may be called from any thread: each makes the context current
/// and restores what was.
class Device {
public:
  /// Fails where there is no driver, it is too old, or there is no device of that number; the message says which.
  static Result<std::shared_ptr<Device>> open(int number);
  ~Device();

  const std::string &name() const { return deviceName; }
  int capability() const { return cc; } ///< 90 for compute capability 9.0
  int multiprocessors() const { return processors; }
  std::string description() const; ///< "NVIDIA H200 (sm_90, driver 13.0)"

  /// Device memory; freed by `free`.
  Result<uint64_t> allocate(uint64_t bytes) const;
  void free(uint64_t address) const;
  Status upload(uint64_t to, const void *from, uint64_t bytes) const;
  Status download(void *to, uint64_t from, uint64_t bytes) const;
  Status synchronize() const;

private:
  friend class Module;
  Device() = default;
  const Driver *driver = nullptr;
  int handle = 0, cc = 0, processors = 0, driverVersion = 0;
  void *context = nullptr;
  std::string deviceName;
};

/// Loaded code of one kernel.
class Module {
public:
  /// `image` is PTX text or a cubin. Fails with the driver's words.
  static Result<std::unique_ptr<Module>> load(std::shared_ptr<Device> device, const std::string &image,
                                              const std::string &path);
  ~Module();
  /// Makes functions known before the first launch, with the shared memory they may need.
  Status prepare(const std::string &function, uint64_t sharedBytes);
  bool has(const std::string &function) const;
  Status launch(const DeviceLaunch &launch, void **parameters, void *stream) const;

private:
  Module() = default;
  struct Function {
    std::string name;
    void *handle;
  };
  std::shared_ptr<Device> device;
  void *handle = nullptr;
  std::vector<Function> functions;
};

/// One kernel of a bundle on a device: what camber_device_open opens.
class LoadedKernel {
public:
  static Result<std::unique_ptr<LoadedKernel>> load(std::shared_ptr<Device> device, const BundleFiles &files,
                                                    const Manifest &manifest, const Kernel &kernel);
  const Kernel &kernel() const { return contract; }
  const KernelTarget &target() const { return code; }
  const Device &device() const { return *on; }
  Result<DevicePlan> plan(const Sizes &sizes) const;
  /// Launches everything; `workspace` holds partial results and then norms.
  Status run(const DevicePlan &plan, const void *args, uint64_t workspace, void *stream) const;
  static uint64_t workspaceBytes(const DevicePlan &plan) { return plan.partialBytes + plan.normBytes; }

private:
  LoadedKernel(std::shared_ptr<Device> device, Kernel kernel, KernelTarget target)
      : on(std::move(device)), contract(std::move(kernel)), code(std::move(target)) {}
  std::shared_ptr<Device> on;
  Kernel contract;
  KernelTarget code;
  std::unique_ptr<Module> module;
};

/// The newest code that a device of compute capability `cc` can run: PTX is for its chip and all later ones. Null where
/// there is none.
const KernelTarget *chooseTarget(const Kernel &kernel, int cc);

} // namespace camber::cuda

#endif
