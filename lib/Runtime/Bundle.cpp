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

Result<Bundle> Bundle::open(const std::string &directory) {
  Result<Manifest> manifest = readManifest(directory);
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
  if (Status files = checkFiles(*manifest, directory); !files)
    return Failure{files.error()};

  // dlopen searches the system's directories for a name without a slash, and remembers relative ones badly after a
  // chdir.
  std::unique_ptr<char, decltype(&std::free)> absolute(realpath((directory + "/" + name).c_str(), nullptr), &std::free);
  if (!absolute)
    return Failure{directory + "/" + name + ": cannot be opened"};
  void *handle = dlopen(absolute.get(), RTLD_NOW | RTLD_LOCAL);
  if (!handle)
    return Failure{directory + "/" + name + ": cannot be loaded: " + lastDlError()};

  Bundle bundle;
  bundle.contents = std::move(*manifest);
  bundle.library = std::shared_ptr<void>(handle, [](void *library) { dlclose(library); });
  const std::string again = "; library and manifest are not of one compilation, compile the bundle again";
  // The address of a symbol; the first that is missing is kept.
  std::string missing;
  auto find = [&](const std::string &symbol) {
    void *address = dlsym(handle, symbol.c_str());
    if (!address && missing.empty())
      missing = symbol;
    return address;
  };
  for (const Kernel &kernel : bundle.contents.kernels) {
    EntryPoints entry;
    entry.plan = reinterpret_cast<camber_plan_fn>(find(kernel.name + "_plan"));
    entry.run = reinterpret_cast<camber_run_fn>(find(kernel.name + "_run"));
    const auto *fingerprint = static_cast<const uint64_t *>(find(kernel.name + "_fingerprint"));
    if (fingerprint && *fingerprint != kernel.fingerprint)
      return Failure{directory + "/" + name + ": " + kernel.name + "_fingerprint differs from the fingerprint in " +
                     bundle.contents.path + again};
    bundle.entries.push_back(entry);
  }
  for (const Family &family : bundle.contents.families) {
    FamilyEntryPoints entry;
    entry.plan = reinterpret_cast<camber_plan_fn>(find(family.name + "_plan"));
    entry.run = reinterpret_cast<camber_run_fn>(find(family.name + "_run"));
    entry.variant = reinterpret_cast<camber_variant_fn>(find(family.name + "_variant"));
    if (const auto *variants = static_cast<const int32_t *>(find(family.name + "_variants")))
      entry.variants = *variants;
    bundle.families.push_back(entry);
  }
  if (!missing.empty())
    return Failure{directory + "/" + name + ": does not export " + missing + again};
  return bundle;
}

} // namespace camber
