// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C functions of camber/Runtime/device.h.
#include "camber/Runtime/device.h"
#include "camber/Runtime/Cuda.h"
#include "camber/Runtime/runtime.h"
#include <algorithm>
#include <cstring>

using namespace camber;

struct camber_device_kernel {
  struct Member {
    Kernel kernel;
    std::unique_ptr<cuda::LoadedKernel> loaded; ///< null where the device runs nothing of it
  };
  std::vector<Member> members; ///< one, or those of a family in its order
};

namespace {

thread_local std::string lastError;

camber_status fail(camber_status status, const std::string &message) {
  lastError = message;
  return status;
}

/// How far the reasons are that a kernel of a family may have to leave a call to the next one; 0: another reason.
int rankOf(camber_status status) {
  const camber_status order[] = {CAMBER_ERROR_ELEMENT, CAMBER_ERROR_QUERY_LENGTH, CAMBER_ERROR_KEY_LENGTH,
                                 CAMBER_ERROR_DEVICE};
  const auto *found = std::find(std::begin(order), std::end(order), status);
  return found == std::end(order) ? 0 : static_cast<int>(found - order) + 1;
}

camber_status statusOf(const camber_device_kernel::Member &member, const void *args) {
  const camber_status status = checkDeviceArguments(member.kernel, args);
  return status == CAMBER_OK && !member.loaded ? CAMBER_ERROR_DEVICE : status;
}

/// The kernel that takes a call whose arguments can be accepted, and its plan.
struct PlannedCall {
  const cuda::LoadedKernel *kernel = nullptr;
  DevicePlan plan;
};

camber_status plan(const camber_device_kernel *kernel, const void *args, PlannedCall &result) {
  if (!kernel)
    return fail(CAMBER_ERROR_NULL_ARGS, "kernel is NULL");
  camber_status last = CAMBER_OK;
  for (const camber_device_kernel::Member &member : kernel->members) {
    const camber_status status = statusOf(member, args);
    if (status == CAMBER_OK) {
      result.kernel = member.loaded.get();
      break;
    }
    if (rankOf(status) == 0)
      return fail(status, camber_status_message(status));
    if (rankOf(status) > rankOf(last))
      last = status;
  }
  if (!result.kernel)
    return fail(last, last == CAMBER_ERROR_DEVICE ? "the kernels for these arguments have no code for this device"
                                                  : camber_status_message(last));
  camber_args_header header;
  std::memcpy(&header, args, sizeof(header));
  Result<DevicePlan> planned = result.kernel->plan({header.batch, header.q_len, header.kv_len});
  if (!planned)
    return fail(CAMBER_ERROR_DEVICE, planned.error());
  result.plan = std::move(*planned);
  return CAMBER_OK;
}

/// The kernel of that name, or those of the family.
std::vector<const Kernel *> findMembers(const Manifest &manifest, const std::string &name) {
  std::vector<const Kernel *> members;
  for (const Kernel &kernel : manifest.kernels)
    if (kernel.name == name)
      members.push_back(&kernel);
  for (const Family &family : manifest.families)
    if (family.name == name)
      for (size_t index : family.kernels)
        members.push_back(&manifest.kernels[index]);
  return members;
}

camber_status open(const BundleFiles &files, const char *name, int32_t device, camber_device_kernel **kernel) {
  *kernel = nullptr;
  Result<Manifest> manifest = readManifest(files);
  if (!manifest)
    return fail(CAMBER_ERROR_BUNDLE, manifest.error());
  if (Status status = checkFiles(*manifest, files); !status)
    return fail(CAMBER_ERROR_BUNDLE, status.error());
  const std::vector<const Kernel *> members = findMembers(*manifest, name);
  if (members.empty()) {
    std::string known;
    for (const Kernel &other : manifest->kernels)
      known += (known.empty() ? "" : ", ") + other.name;
    for (const Family &family : manifest->families)
      known += ", " + family.name;
    return fail(CAMBER_ERROR_BUNDLE, manifest->path + ": there is no kernel '" + name + "'; there are " + known);
  }
  Result<std::shared_ptr<cuda::Device>> opened = cuda::Device::open(device);
  if (!opened)
    return fail(CAMBER_ERROR_DEVICE, opened.error());
  auto result = std::make_unique<camber_device_kernel>();
  std::string reason;
  bool any = false;
  for (const Kernel *member : members) {
    result->members.push_back({*member, nullptr});
    Result<std::unique_ptr<cuda::LoadedKernel>> loaded = cuda::LoadedKernel::load(*opened, files, *manifest, *member);
    if (loaded)
      result->members.back().loaded = std::move(*loaded), any = true;
    else if (cuda::chooseTarget(*member, (*opened)->capability()))
      return fail(CAMBER_ERROR_DEVICE, loaded.error()); // there is code, and it is refused
    else if (reason.empty())
      reason = loaded.error();
  }
  if (!any)
    return fail(CAMBER_ERROR_DEVICE, reason);
  *kernel = result.release();
  return CAMBER_OK;
}

} // namespace

const char *camber_device_error(void) { return lastError.c_str(); }

camber_status camber_device_open(const char *bundle, const char *name, int32_t device, camber_device_kernel **kernel) {
  if (!bundle || !name || !kernel)
    return fail(CAMBER_ERROR_NULL_ARGS, "bundle, name or kernel is NULL");
  return open(BundleFiles(std::string(bundle)), name, device, kernel);
}

camber_status camber_device_open_code(const camber_device_code *code, const char *name, int32_t device,
                                      camber_device_kernel **kernel) {
  if (!code || !name || !kernel)
    return fail(CAMBER_ERROR_NULL_ARGS, "code, name or kernel is NULL");
  *kernel = nullptr;
  for (camber_status status : {code->struct_size == sizeof(*code) ? CAMBER_OK : CAMBER_ERROR_STRUCT_SIZE,
                               code->abi_version == CAMBER_ABI_VERSION ? CAMBER_OK : CAMBER_ERROR_ABI_VERSION})
    if (status != CAMBER_OK)
      return fail(status, camber_status_message(status));
  return open(BundleFiles(*code), name, device, kernel);
}

camber_status camber_device_variant(const camber_device_kernel *kernel, const void *args, int32_t index,
                                    camber_variant *variant) {
  if (!kernel || !args || !variant)
    return fail(CAMBER_ERROR_NULL_ARGS, "kernel, args or variant is NULL");
  camber_status status = CAMBER_OK;
  if (variant->struct_size != sizeof(*variant))
    status = CAMBER_ERROR_STRUCT_SIZE;
  else if (variant->abi_version != CAMBER_ABI_VERSION)
    status = CAMBER_ERROR_ABI_VERSION;
  else if (index < 0 || size_t(index) >= kernel->members.size())
    status = CAMBER_ERROR_CANDIDATE;
  if (status != CAMBER_OK)
    return fail(status, camber_status_message(status));
  const camber_device_kernel::Member &member = kernel->members[index];
  variant->kernel = member.kernel.name.c_str();
  variant->target = member.loaded ? member.loaded->target().name.c_str() : nullptr;
  variant->status = statusOf(member, args);
  variant->reserved = 0;
  return CAMBER_OK;
}

camber_status camber_device_workspace(const camber_device_kernel *kernel, const void *args, uint64_t *bytes) {
  if (!bytes)
    return fail(CAMBER_ERROR_NULL_ARGS, "bytes is NULL");
  PlannedCall planned;
  if (camber_status status = plan(kernel, args, planned); status != CAMBER_OK)
    return status;
  *bytes = cuda::LoadedKernel::workspaceBytes(planned.plan);
  return CAMBER_OK;
}

camber_status camber_device_run(const camber_device_kernel *kernel, const void *args, void *workspace,
                                uint64_t workspaceBytes, void *stream) {
  PlannedCall planned;
  if (camber_status status = plan(kernel, args, planned); status != CAMBER_OK)
    return status;
  const uint64_t needed = cuda::LoadedKernel::workspaceBytes(planned.plan);
  if (workspaceBytes < needed || (needed && !workspace))
    return fail(CAMBER_ERROR_WORKSPACE_SIZE, "the call needs " + std::to_string(needed) +
                                                 " bytes of workspace (camber_device_workspace), and has " +
                                                 std::to_string(workspace ? workspaceBytes : 0));
  const auto address = reinterpret_cast<uintptr_t>(workspace);
  if (address % kDeviceAlignment)
    return fail(CAMBER_ERROR_WORKSPACE_ALIGNMENT, "the workspace is not aligned to 16 bytes");
  if (Status status = planned.kernel->run(planned.plan, args, address, stream); !status)
    return fail(CAMBER_ERROR_DEVICE, status.error());
  return CAMBER_OK;
}

void camber_device_close(camber_device_kernel *kernel) { delete kernel; }
