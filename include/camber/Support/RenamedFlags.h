// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Command-line flags that have another name since an earlier version.
#ifndef CAMBER_SUPPORT_RENAMEDFLAGS_H
#define CAMBER_SUPPORT_RENAMEDFLAGS_H

#include <string>
#include <string_view>

namespace camber {

/// What to say of the first argument that has a name of an earlier version: which one, and what it is called now. Empty
/// if there is none. Every tool asks before it parses its arguments, so that a script is not just told "unknown".
inline std::string findRenamedFlag(int argc, const char *const *argv) {
  struct Renamed {
    std::string_view before, now;
  };
  static constexpr Renamed all[] = {
      {"--documents", "--segments"},
      {"--device=emulator", "--device=interpreter"},
      {"--positions=aligned", "--positions=end-aligned"},
      {"--positions=run-time", "--positions=offsets"},
      {"--tile-join-pieces", "--tile-merge-piecewise"},
      {"--pipeline-fold-lines", "--pipeline-fold-affine"},
      {"--cpu-guard-divisions", "--tile-guard-divisions"},
      {"--convert-pipeline-to-nvvm", "--convert-pipeline-to-threads"},
      {"--pipeline-emit-kernel-entries", "--pipeline-emit-kernel-abi"},
  };
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    for (const Renamed &flag : all)
      if (argument == flag.before ||
          (argument.substr(0, flag.before.size()) == flag.before && argument[flag.before.size()] == '='))
        return std::string(flag.before) + " is called " + std::string(flag.now) + " now";
  }
  return {};
}

} // namespace camber

#endif
