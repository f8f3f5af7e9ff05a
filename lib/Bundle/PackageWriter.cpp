// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What build systems and lawyers read. Paths are relative to the file, so that a bundle can be moved.
#include "camber/Bundle/Writers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace camber::bundle {

std::string writeCMakePackage(StringRef bundle, bool hasLibraries) {
  constexpr StringLiteral head = R"(# Written by camber-compile {1}. find_package({0} CONFIG) defines {2}.
get_filename_component(_camber_bundle "${{CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
)";
  constexpr StringLiteral library = R"(if(NOT TARGET {0}::{1})
  add_library({0}::{1} {2} IMPORTED)
  set_target_properties({0}::{1} PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${{_camber_bundle}/include"{3})
endif()
)";
  auto location = [&](StringRef file) {
    return formatv("\n    IMPORTED_LOCATION \"${{_camber_bundle}/lib/lib{0}.{1}\"", bundle, file).str();
  };
  const std::string name = bundle.str();
  std::string text = formatv(head.data(), name, CAMBER_VERSION,
                             hasLibraries ? name + "::" + name + " (static) and " + name + "::shared"
                                          : name + "::" + name + ", the headers");
  if (hasLibraries) {
    text += formatv(library.data(), name, name, "STATIC", location("a"));
    text +=
        formatv(library.data(), name, "shared", "SHARED", location("so") + "\n    IMPORTED_SONAME lib" + name + ".so");
  } else {
    text += formatv(library.data(), name, name, "INTERFACE", "");
  }
  return text + "unset(_camber_bundle)\n";
}

std::string writePkgConfig(StringRef bundle, bool hasLibraries) {
  return formatv(R"(prefix=${{pcfiledir}/../..

Name: {0}
Description: attention kernels compiled by Camber
Version: {1}
Cflags: -I${{prefix}/include
{2})",
                 bundle, CAMBER_VERSION,
                 hasLibraries ? "Libs: -L${prefix}/lib -l" + bundle.str() + "\n" : std::string());
}

std::string writeLicenseNote() {
  return "The libraries and device code of this bundle are output of the Camber compiler. Camber makes no claim to "
         "its\n"
         "output: it is licensed as you see fit. They contain code of nobody else and call nothing but memcpy and "
         "memset.\n"
         "\n"
         "What is in include/camber/ is a part of Camber, under the Apache License 2.0 with LLVM Exceptions, which\n"
         "permits including it in programs under any license: https://llvm.org/LICENSE.txt\n";
}

} // namespace camber::bundle
