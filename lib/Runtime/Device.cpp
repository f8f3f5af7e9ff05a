// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C functions of camber/Runtime/device.h.
#include "camber/Runtime/device.h"
#include "camber/Runtime/Cuda.h"
#include "camber/Runtime/runtime.h"
#include <cstring>

using namespace camber;

struct camber_device_kernel {
  std::unique_ptr<cuda::LoadedKernel> loaded;
};

namespace {

thread_local std::string lastError;

camber_status fail(camber_status status, const std::string &message) {
  lastError = message;
  return status;
}

/// The plan of a call whose arguments can be accepted.
camber_status plan(const camber_device_kernel *kernel, const void *args, DevicePlan &result) {
  if (!kernel)
    return fail(CAMBER_ERROR_NULL_ARGS, "kernel is NULL");
  if (camber_status status = checkDeviceArguments(kernel->loaded->kernel(), args); status != CAMBER_OK)
    return fail(status, camber_status_message(status));
  camber_args_header header;
  std::memcpy(&header, args, sizeof(header));
  Result<DevicePlan> planned = kernel->loaded->plan({header.batch, header.q_len, header.kv_len});
  if (!planned)
    return fail(CAMBER_ERROR_DEVICE, planned.error());
  result = std::move(*planned);
  return CAMBER_OK;
}

} // namespace

const char *camber_device_error(void) { return lastError.c_str(); }

camber_status camber_device_open(const char *bundle, const char *name, int32_t device, camber_device_kernel **kernel) {
  if (!bundle || !name || !kernel)
    return fail(CAMBER_ERROR_NULL_ARGS, "bundle, name or kernel is NULL");
  *kernel = nullptr;
  Result<Manifest> manifest = readManifest(bundle);
  if (!manifest)
    return fail(CAMBER_ERROR_BUNDLE, manifest.error());
  if (Status files = checkFiles(*manifest, bundle); !files)
    return fail(CAMBER_ERROR_BUNDLE, files.error());
  const Kernel *found = nullptr;
  std::string known;
  for (const Kernel &candidate : manifest->kernels) {
    if (candidate.name == name)
      found = &candidate;
    known += (known.empty() ? "" : ", ") + candidate.name;
  }
  if (!found)
    return fail(CAMBER_ERROR_BUNDLE, manifest->path + ": there is no kernel '" + name + "'; there are " + known);
  Result<std::shared_ptr<cuda::Device>> opened = cuda::Device::open(device);
  if (!opened)
    return fail(CAMBER_ERROR_DEVICE, opened.error());
  Result<std::unique_ptr<cuda::LoadedKernel>> loaded =
      cuda::LoadedKernel::load(std::move(*opened), bundle, *manifest, *found);
  if (!loaded)
    return fail(CAMBER_ERROR_DEVICE, loaded.error());
  *kernel = new camber_device_kernel{std::move(*loaded)};
  return CAMBER_OK;
}

camber_status camber_device_workspace(const camber_device_kernel *kernel, const void *args, uint64_t *bytes) {
  if (!bytes)
    return fail(CAMBER_ERROR_NULL_ARGS, "bytes is NULL");
  DevicePlan planned;
  if (camber_status status = plan(kernel, args, planned); status != CAMBER_OK)
    return status;
  *bytes = cuda::LoadedKernel::workspaceBytes(planned);
  return CAMBER_OK;
}

camber_status camber_device_run(const camber_device_kernel *kernel, const void *args, void *workspace,
                                uint64_t workspaceBytes, void *stream) {
  DevicePlan planned;
  if (camber_status status = plan(kernel, args, planned); status != CAMBER_OK)
    return status;
  const uint64_t needed = cuda::LoadedKernel::workspaceBytes(planned);
  if (workspaceBytes < needed || (needed && !workspace))
    return fail(CAMBER_ERROR_WORKSPACE_SIZE, "the call needs " + std::to_string(needed) +
                                                 " bytes of workspace (camber_device_workspace), and has " +
                                                 std::to_string(workspace ? workspaceBytes : 0));
  const auto address = reinterpret_cast<uintptr_t>(workspace);
  if (address % kDeviceAlignment)
    return fail(CAMBER_ERROR_WORKSPACE_ALIGNMENT, "the workspace is not aligned to 16 bytes");
  if (Status status = kernel->loaded->run(planned, args, address, stream); !status)
    return fail(CAMBER_ERROR_DEVICE, status.error());
  return CAMBER_OK;
}

void camber_device_close(camber_device_kernel *kernel) { delete kernel; }
