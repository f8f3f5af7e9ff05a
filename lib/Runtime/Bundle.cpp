// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loading of a bundle's shared library.
#include "camber/Runtime/Bundle.h"
#include <cstdlib>
#include <dlfcn.h>
#include <memory>

namespace camber {

const char *hostArchitecture() {
#if defined(__x86_64__)
  return "x86_64";
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "unknown";
#endif
}

static std::string lastDlError() {
  const char *message = dlerror();
  return message ? message : "unknown error";
}

Result<Bundle> Bundle::open(const std::string &folder) {
  Result<Manifest> manifest = readManifest(folder);
  if (!manifest)
    return Failure{manifest.error()};
  if (manifest->architecture == "none")
    return Failure{manifest->path +
                   ": holds code for devices only, and nothing that runs on this processor; compile for a "
                   "target of this machine, too, or choose a device"};
  if (manifest->architecture != hostArchitecture())
    return Failure{manifest->path + ": architecture is '" + manifest->architecture + "', this machine is '" +
                   hostArchitecture() + "'; compile for a target of this machine"};

  const std::string name = "lib/lib" + manifest->bundle + ".so";
  bool listed = false;
  for (const BundleFile &file : manifest->files)
    listed |= file.path == name;
  if (!listed)
    return Failure{manifest->path + ": files does not list " + name + "; compile the bundle again"};
  if (Status files = checkFiles(*manifest, folder); !files)
    return Failure{files.error()};

  // dlopen searches the system's folders for a name without a slash, and remembers relative ones badly after a chdir.
  std::unique_ptr<char, decltype(&std::free)> absolute(realpath((folder + "/" + name).c_str(), nullptr), &std::free);
  if (!absolute)
    return Failure{folder + "/" + name + ": cannot be opened"};
  void *handle = dlopen(absolute.get(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return Failure{folder + "/" + name + ": cannot be loaded: " + lastDlError()};

  Bundle bundle;
  bundle.contents = std::move(*manifest);
  bundle.library = std::shared_ptr<void>(handle, [](void *library) { dlclose(library); });
  for (const Kernel &kernel : bundle.contents.kernels) {
    EntryPoints entry;
    entry.plan = reinterpret_cast<camber_plan_fn>(dlsym(handle, (kernel.name + "_plan").c_str()));
    entry.run = reinterpret_cast<camber_run_fn>(dlsym(handle, (kernel.name + "_run").c_str()));
    const auto *fingerprint = static_cast<const uint64_t *>(dlsym(handle, (kernel.name + "_fingerprint").c_str()));
    if (!entry.plan || !entry.run || !fingerprint)
      return Failure{folder + "/" + name + ": does not export " + kernel.name +
                     (!entry.plan  ? "_plan"
                      : !entry.run ? "_run"
                                   : "_fingerprint") +
                     "; library and manifest are not of one compilation, compile the bundle again"};
    if (*fingerprint != kernel.fingerprint)
      return Failure{folder + "/" + name + ": " + kernel.name + "_fingerprint differs from the fingerprint in " +
                     bundle.contents.path +
                     "; library and manifest are not of one compilation, compile the bundle again"};
    bundle.entries.push_back(entry);
  }
  return bundle;
}

} // namespace camber
