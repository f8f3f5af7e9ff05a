// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CUDA driver by dlopen. The prototypes are those of the CUDA driver API reference, version 12.0; names with _v2
// are what its header makes of the plain ones.
#include "camber/Runtime/Cuda.h"
#include <algorithm>
#include <array>
#include <dlfcn.h>

namespace camber::cuda {

struct Driver {
  using Result = int;
  int (*Init)(unsigned flags);
  int (*DriverGetVersion)(int *version);
  int (*GetErrorString)(int error, const char **text);
  int (*DeviceGetCount)(int *count);
  int (*DeviceGet)(int *device, int number);
  int (*DeviceGetName)(char *name, int length, int device);
  int (*DeviceGetAttribute)(int *value, int attribute, int device);
  int (*DevicePrimaryCtxRetain)(void **context, int device);
  int (*DevicePrimaryCtxRelease)(int device);
  int (*CtxPushCurrent)(void *context);
  int (*CtxPopCurrent)(void **context);
  int (*CtxSynchronize)();
  int (*ModuleLoadDataEx)(void **module, const void *image, unsigned numOptions, int *options, void **values);
  int (*ModuleUnload)(void *module);
  int (*ModuleGetFunction)(void **function, void *module, const char *name);
  int (*FuncSetAttribute)(void *function, int attribute, int value);
  int (*LaunchKernel)(void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
                      unsigned blockZ, unsigned sharedBytes, void *stream, void **parameters, void **extra);
  int (*MemAlloc)(uint64_t *address, size_t bytes);
  int (*MemFree)(uint64_t address);
  int (*MemcpyHtoD)(uint64_t to, const void *from, size_t bytes);
  int (*MemcpyDtoH)(void *to, uint64_t from, size_t bytes);

  std::string missing; ///< why there is no driver
  int version = 0;
};

namespace {

// Values of the driver's enumerations.
constexpr int kComputeCapabilityMajor = 75, kComputeCapabilityMinor = 76, kMultiprocessorCount = 16;
constexpr int kMaxDynamicSharedBytes = 8;
constexpr int kErrorLogBuffer = 5, kErrorLogBufferBytes = 6;
constexpr int kOldestVersion = 12000; // PTX 8.0, which the kernels are written in

Driver findDriver() {
  Driver driver{};
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL); // never closed: its threads outlive everything
  if (!library) {
    driver.missing = "there is no NVIDIA driver on this machine (libcuda.so.1 cannot be opened)";
    return driver;
  }
  auto find = [&](auto &function, const char *name) {
    function = reinterpret_cast<std::decay_t<decltype(function)>>(dlsym(library, name));
    if (!function && driver.missing.empty())
      driver.missing = std::string("the NVIDIA driver is too old: libcuda.so.1 has no ") + name;
  };
  find(driver.Init, "cuInit");
  find(driver.DriverGetVersion, "cuDriverGetVersion");
  find(driver.GetErrorString, "cuGetErrorString");
  find(driver.DeviceGetCount, "cuDeviceGetCount");
  find(driver.DeviceGet, "cuDeviceGet");
  find(driver.DeviceGetName, "cuDeviceGetName");
  find(driver.DeviceGetAttribute, "cuDeviceGetAttribute");
  find(driver.DevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain");
  find(driver.DevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2");
  find(driver.CtxPushCurrent, "cuCtxPushCurrent_v2");
  find(driver.CtxPopCurrent, "cuCtxPopCurrent_v2");
  find(driver.CtxSynchronize, "cuCtxSynchronize");
  find(driver.ModuleLoadDataEx, "cuModuleLoadDataEx");
  find(driver.ModuleUnload, "cuModuleUnload");
  find(driver.ModuleGetFunction, "cuModuleGetFunction");
  find(driver.FuncSetAttribute, "cuFuncSetAttribute");
  find(driver.LaunchKernel, "cuLaunchKernel");
  find(driver.MemAlloc, "cuMemAlloc_v2");
  find(driver.MemFree, "cuMemFree_v2");
  find(driver.MemcpyHtoD, "cuMemcpyHtoD_v2");
  find(driver.MemcpyDtoH, "cuMemcpyDtoH_v2");
  if (!driver.missing.empty())
    return driver;
  if (int error = driver.Init(0); error != 0) {
    const char *text = nullptr;
    driver.GetErrorString(error, &text);
    driver.missing = std::string("the NVIDIA driver cannot be used: ") + (text ? text : "unknown error");
    return driver;
  }
  driver.DriverGetVersion(&driver.version);
  if (driver.version < kOldestVersion)
    driver.missing = "the NVIDIA driver is too old: it supports CUDA " + std::to_string(driver.version / 1000) + "." +
                     std::to_string(driver.version % 1000 / 10) + ", and kernels need 12.0; update it";
  return driver;
}

Status check(const Driver &driver, int error, const std::string &what) {
  if (error == 0)
    return Done{};
  const char *text = nullptr;
  driver.GetErrorString(error, &text);
  return Failure{what + ": " + (text ? text : "unknown error") + " (CUDA error " + std::to_string(error) + ")"};
}

/// Makes a context current for its life.
class Current {
public:
  Current(const Driver &driver, void *context) : driver(driver) { driver.CtxPushCurrent(context); }
  ~Current() {
    void *popped;
    driver.CtxPopCurrent(&popped);
  }

private:
  const Driver &driver;
};

} // namespace

Result<std::shared_ptr<Device>> Device::open(int number) {
  static const Driver driver = findDriver();
  if (!driver.missing.empty())
    return Failure{driver.missing};
  int count = 0;
  if (Status status = check(driver, driver.DeviceGetCount(&count), "the devices cannot be counted"); !status)
    return Failure{status.error()};
  if (number < 0 || number >= count)
    return Failure{count == 0 ? std::string("the NVIDIA driver sees no device")
                              : "there is no device " + std::to_string(number) + "; the driver sees " +
                                    std::to_string(count) + ", counted from 0"};
  std::shared_ptr<Device> device(new Device());
  device->driver = &driver;
  device->driverVersion = driver.version;
  int major = 0, minor = 0;
  char name[256] = "";
  for (int error : {driver.DeviceGet(&device->handle, number), driver.DeviceGetName(name, sizeof(name), device->handle),
                    driver.DeviceGetAttribute(&major, kComputeCapabilityMajor, device->handle),
                    driver.DeviceGetAttribute(&minor, kComputeCapabilityMinor, device->handle),
                    driver.DeviceGetAttribute(&device->processors, kMultiprocessorCount, device->handle)})
    if (Status status = check(driver, error, "device " + std::to_string(number) + " cannot be asked"); !status)
      return Failure{status.error()};
  device->cc = 10 * major + minor;
  device->deviceName = name;
  if (Status status = check(driver, driver.DevicePrimaryCtxRetain(&device->context, device->handle),
                            device->deviceName + " cannot be used");
      !status)
    return Failure{status.error()};
  return device;
}

Device::~Device() {
  if (context)
    driver->DevicePrimaryCtxRelease(handle);
}

std::string Device::description() const {
  return deviceName + " (sm_" + std::to_string(cc) + ", driver for CUDA " + std::to_string(driverVersion / 1000) + "." +
         std::to_string(driverVersion % 1000 / 10) + ")";
}

Result<uint64_t> Device::allocate(uint64_t bytes) const {
  Current current(*driver, context);
  uint64_t address = 0;
  if (Status status = check(*driver, driver->MemAlloc(&address, std::max<uint64_t>(bytes, 1)),
                            std::to_string(bytes) + " bytes cannot be allocated on " + deviceName);
      !status)
    return Failure{status.error()};
  return address;
}

void Device::free(uint64_t address) const {
  Current current(*driver, context);
  driver->MemFree(address);
}

Status Device::upload(uint64_t to, const void *from, uint64_t bytes) const {
  Current current(*driver, context);
  return check(*driver, bytes ? driver->MemcpyHtoD(to, from, bytes) : 0, "a copy to " + deviceName + " failed");
}

Status Device::download(void *to, uint64_t from, uint64_t bytes) const {
  Current current(*driver, context);
  return check(*driver, bytes ? driver->MemcpyDtoH(to, from, bytes) : 0, "a copy from " + deviceName + " failed");
}

Status Device::synchronize() const {
  Current current(*driver, context);
  return check(*driver, driver->CtxSynchronize(), "a kernel failed on " + deviceName);
}

Result<std::unique_ptr<Module>> Module::load(std::shared_ptr<Device> device, const std::string &image,
                                             const std::string &path) {
  Current current(*device->driver, device->context);
  std::array<char, 4096> log{};
  int options[] = {kErrorLogBuffer, kErrorLogBufferBytes};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size())};
  std::unique_ptr<Module> module(new Module());
  module->device = device;
  const int error = device->driver->ModuleLoadDataEx(&module->handle, image.c_str(), 2, options, values);
  if (Status status = check(*device->driver, error, path + " cannot be loaded on " + device->name()); !status)
    return Failure{status.error() + (log[0] ? std::string("; ") + log.data() : "")};
  return module;
}

Module::~Module() {
  if (!handle)
    return;
  Current current(*device->driver, device->context);
  device->driver->ModuleUnload(handle);
}

Status Module::prepare(const std::string &function, uint64_t sharedBytes) {
  Current current(*device->driver, device->context);
  Function added{function, nullptr};
  if (Status status = check(*device->driver, device->driver->ModuleGetFunction(&added.handle, handle, function.c_str()),
                            "the code has no " + function);
      !status)
    return status;
  functions.push_back(added);
  return check(*device->driver,
               device->driver->FuncSetAttribute(added.handle, kMaxDynamicSharedBytes, static_cast<int>(sharedBytes)),
               function + " cannot have " + std::to_string(sharedBytes) + " bytes of shared memory on " +
                   device->name());
}

Status Module::launch(const DeviceLaunch &launch, void **parameters, void *stream) const {
  for (const Function &function : functions) {
    if (function.name != launch.function)
      continue;
    Current current(*device->driver, device->context);
    return check(*device->driver,
                 device->driver->LaunchKernel(function.handle, launch.grid[0], launch.grid[1], launch.grid[2],
                                              launch.threads, 1, 1, static_cast<unsigned>(launch.sharedBytes), stream,
                                              parameters, nullptr),
                 launch.function + " cannot be launched on " + device->name());
  }
  return Failure{"the code has no " + launch.function};
}

const KernelTarget *chooseTarget(const Kernel &kernel, int cc) {
  const KernelTarget *best = nullptr;
  int bestChip = 0;
  for (const KernelTarget &target : kernel.targets) {
    if (!target.launch || target.name.rfind("sm_", 0) != 0)
      continue;
    const int chip = std::atoi(target.name.c_str() + 3);
    if (chip <= cc && chip > bestChip)
      best = &target, bestChip = chip;
  }
  return best;
}

Result<std::unique_ptr<LoadedKernel>> LoadedKernel::load(std::shared_ptr<Device> device, const BundleFiles &files,
                                                         const Manifest &manifest, const Kernel &kernel) {
  const KernelTarget *target = chooseTarget(kernel, device->capability());
  if (!target) {
    std::string names;
    for (const KernelTarget &other : kernel.targets)
      names += (names.empty() ? "" : ", ") + other.name;
    return Failure{manifest.path + ": kernel '" + kernel.name + "' was compiled for " + names + ", which " +
                   device->description() + " cannot run; compile it for sm_" + std::to_string(device->capability()) +
                   " or an earlier chip"};
  }
  std::unique_ptr<LoadedKernel> loaded(new LoadedKernel(device, kernel, *target));
  // A cubin runs on later chips of its generation, PTX on all later ones.
  const int chip = std::atoi(target->name.c_str() + 3);
  const bool sameGeneration = chip / 10 == device->capability() / 10;
  const std::string &file = sameGeneration && !target->cubin.empty() ? target->cubin : target->ptx;
  const std::string path = files.pathOf(file);
  camber::Result<std::string> image = files.read(file);
  if (!image)
    return Failure{image.error()};
  Result<std::unique_ptr<Module>> module = Module::load(device, *image, path);
  if (!module)
    return Failure{module.error()};
  loaded->module = std::move(*module);
  const LaunchConfig &config = *target->launch;
  std::vector<std::pair<const char *, int64_t>> functions = {{"_main", config.sharedBytes}, {"_combine", 0}};
  if (config.prepareQLenMin)
    functions.push_back({"_prepare", 0});
  for (const auto &[suffix, sharedBytes] : functions)
    if (Status status = loaded->module->prepare(kernel.name + suffix, sharedBytes); !status)
      return Failure{path + ": " + status.error()};
  return loaded;
}

Result<DevicePlan> LoadedKernel::plan(const Sizes &sizes) const {
  // Two blocks for each processor hide the waits of one behind the work of the other.
  return planDevice(contract, *code.launch, sizes, 2 * on->multiprocessors());
}

Status LoadedKernel::run(const DevicePlan &plan, const void *args, uint64_t workspace, void *stream) const {
  int64_t splits = plan.splits;
  uint64_t partials = workspace, norms = workspace + plan.partialBytes;
  void *parameters[] = {const_cast<void *>(args), &splits, &partials, &norms};
  for (const DeviceLaunch &launch : plan.launches)
    if (Status status = module->launch(launch, parameters, stream); !status)
      return status;
  return Done{};
}

} // namespace camber::cuda
