// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A libcuda.so.1 for machines without a GPU: the functions that lib/Runtime/Cuda.cpp calls, with the PTX interpreter as
// the device. What the interpreter finds wrong in a kernel is printed, and the launch fails.
//
//   CAMBER_FAKE_CUDA_DEVICES   how many devices there are (default 1)
//   CAMBER_FAKE_CUDA_CHIP      their compute capability (default 90)
//   CAMBER_FAKE_CUDA_VERSION   of the driver (default 13000)
#include "camber/PTXInterpreter/Interpreter.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

using namespace camber;

namespace {

// The driver's error numbers.
enum {
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kNoBinary = 209,
  kInvalidPtx = 218,
  kInvalidContext = 201,
  kNotFound = 500,
  kLaunchFailed = 719
};

struct FakeFunction {
  ptx::Kernel kernel;
  int maxSharedBytes = 48 << 10;
};

struct FakeModule {
  ptx::Module module;
  std::vector<std::unique_ptr<FakeFunction>> functions;
};

std::mutex mutex;
ptx::Memory memory;
thread_local int contexts = 0; ///< that are current on this thread
int theContext;

int setting(const char *name, int otherwise) {
  const char *text = std::getenv(name);
  return text ? std::atoi(text) : otherwise;
}

/// The bytes of a part of an allocation; null where it is not inside of one.
uint8_t *bytesOf(uint64_t address, size_t bytes, ptx::Memory::Allocation *&allocation) {
  allocation = memory.find(address);
  if (!allocation || address < allocation->address || address + bytes > allocation->address + allocation->size)
    return nullptr;
  return allocation->bytes + (address - allocation->address);
}

} // namespace

extern "C" {

int cuInit(unsigned) { return 0; }
int cuDriverGetVersion(int *version) { return *version = setting("CAMBER_FAKE_CUDA_VERSION", 13000), 0; }
int cuGetErrorString(int error, const char **text) {
  *text = error == kInvalidPtx       ? "a PTX JIT compilation failed"
          : error == kNoBinary       ? "no kernel image is available for execution on the device"
          : error == kInvalidContext ? "invalid device context"
          : error == kOutOfMemory    ? "out of memory"
          : error == kNotFound       ? "named symbol not found"
          : error == kLaunchFailed   ? "unspecified launch failure"
                                     : "invalid argument";
  return 0;
}
int cuDeviceGetCount(int *count) { return *count = setting("CAMBER_FAKE_CUDA_DEVICES", 1), 0; }
int cuDeviceGet(int *device, int number) { return *device = number, 0; }
int cuDeviceGetName(char *name, int length, int) { return std::snprintf(name, length, "Fake GPU"), 0; }
int cuDeviceGetAttribute(int *value, int attribute, int) {
  const int chip = setting("CAMBER_FAKE_CUDA_CHIP", 90);
  *value = attribute == 75 ? chip / 10 : attribute == 76 ? chip % 10 : 2;
  return attribute == 75 || attribute == 76 || attribute == 16 ? 0 : kInvalidValue;
}
int cuDevicePrimaryCtxRetain(void **context, int) { return *context = &theContext, 0; }
int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
int cuCtxPushCurrent_v2(void *context) { return context == &theContext ? ++contexts, 0 : kInvalidContext; }
int cuCtxPopCurrent_v2(void **context) {
  *context = &theContext;
  return contexts > 0 ? --contexts, 0 : kInvalidContext;
}
int cuCtxSynchronize(void) { return contexts ? 0 : kInvalidContext; }

int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  if (!contexts)
    return kInvalidContext;
  std::lock_guard<std::mutex> lock(mutex);
  *address = memory.allocate("device memory", bytes, ptx::Access::ReadWrite);
  return 0;
}
int cuMemFree_v2(uint64_t) { return contexts ? 0 : kInvalidContext; }
int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  ptx::Memory::Allocation *allocation;
  uint8_t *place = contexts ? bytesOf(to, bytes, allocation) : nullptr;
  if (!place)
    return contexts ? kInvalidValue : kInvalidContext;
  std::memcpy(place, from, bytes);
  std::fill_n(allocation->state.begin() + (to - allocation->address), bytes, ptx::Memory::Defined);
  return 0;
}
int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  ptx::Memory::Allocation *allocation;
  const uint8_t *place = contexts ? bytesOf(from, bytes, allocation) : nullptr;
  if (!place)
    return contexts ? kInvalidValue : kInvalidContext;
  std::memcpy(to, place, bytes);
  return 0;
}

int cuModuleLoadDataEx(void **module, const void *image, unsigned, int *, void **values) {
  if (!contexts)
    return kInvalidContext;
  const char *text = static_cast<const char *>(image);
  if (text[0] == '\x7f')
    return kNoBinary; // a cubin
  Result<ptx::Module> parsed = ptx::Module::parse(text);
  if (!parsed) {
    std::snprintf(static_cast<char *>(values[0]), reinterpret_cast<size_t>(values[1]), "%s", parsed.error().c_str());
    return kInvalidPtx;
  }
  *module = new FakeModule{std::move(*parsed), {}};
  return 0;
}
int cuModuleUnload(void *module) {
  delete static_cast<FakeModule *>(module);
  return contexts ? 0 : kInvalidContext;
}
int cuModuleGetFunction(void **function, void *module, const char *name) {
  auto &fake = *static_cast<FakeModule *>(module);
  Result<ptx::Kernel> kernel = fake.module.kernel(name);
  if (!kernel)
    return kNotFound;
  fake.functions.push_back(std::make_unique<FakeFunction>(FakeFunction{std::move(*kernel)}));
  *function = fake.functions.back().get();
  return 0;
}
int cuFuncSetAttribute(void *function, int attribute, int value) {
  if (attribute != 8 || value > 227 << 10)
    return kInvalidValue;
  auto &fake = *static_cast<FakeFunction *>(function);
  fake.maxSharedBytes = std::max(fake.maxSharedBytes, value);
  return 0;
}
int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
                   unsigned blockZ, unsigned sharedBytes, void *, void **parameters, void **) {
  if (!contexts)
    return kInvalidContext;
  auto &fake = *static_cast<FakeFunction *>(function);
  if (sharedBytes > unsigned(fake.maxSharedBytes))
    return kInvalidValue;
  ptx::Arguments arguments(fake.kernel);
  const std::vector<ptx::Parameter> &list = fake.kernel.parameters();
  for (size_t i = 0; i < list.size(); ++i)
    arguments.set(i, parameters[i], list[i].bytes);
  ptx::LaunchShape shape;
  shape.grid = {gridX, gridY, gridZ};
  shape.block = {blockX, blockY, blockZ};
  shape.dynamicSharedBytes = sharedBytes;
  std::lock_guard<std::mutex> lock(mutex);
  Result<ptx::Report> report = ptx::launch(fake.kernel, shape, arguments.bytes(), memory);
  if (report && report->clean())
    return 0;
  std::fprintf(stderr, "%s\n", report ? report->text().c_str() : report.error().c_str());
  return kLaunchFailed;
}

} // extern "C"
