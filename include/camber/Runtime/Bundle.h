// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Opens a bundle as an engine would: manifest, files, shared library, entry points.
#ifndef CAMBER_RUNTIME_BUNDLE_H
#define CAMBER_RUNTIME_BUNDLE_H

#include "camber/Runtime/Manifest.h"
#include "camber/Runtime/abi.h"
#include <memory>

namespace camber {

/// The functions of one kernel; valid as long as its Bundle.
struct EntryPoints {
  camber_plan_fn plan = nullptr;
  camber_run_fn run = nullptr;
};

/// The functions of a family; valid as long as its Bundle.
struct FamilyEntryPoints : EntryPoints {
  camber_variant_fn variant = nullptr;
  int32_t variants = 0;
};

/// An open bundle. The library stays loaded while a Bundle exists.
class Bundle {
public:
  /// Fails, saying which file or symbol and what to do, where the manifest is not readable, a file is missing or
  /// changed, the library is for another architecture or cannot be loaded, or a kernel's symbols are missing or its
  /// K_fingerprint differs from the manifest's.
  static Result<Bundle> open(const std::string &directory);

  const Manifest &manifest() const { return contents; }
  /// Of manifest().kernels[index].
  const EntryPoints &entry(size_t index) const { return entries[index]; }
  /// Of manifest().families[index].
  const FamilyEntryPoints &family(size_t index) const { return families[index]; }

private:
  Bundle() = default;
  Manifest contents;
  std::shared_ptr<void> library;
  std::vector<EntryPoints> entries;
  std::vector<FamilyEntryPoints> families;
};

/// The architecture this program runs on, as manifests name it: "x86_64", "aarch64", …
const char *hostArchitecture();

} // namespace camber

#endif
