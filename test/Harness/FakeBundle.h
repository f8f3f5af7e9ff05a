// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes bundles around the fake kernels, as camber-compile would.
#ifndef CAMBER_TEST_HARNESS_FAKEBUNDLE_H
#define CAMBER_TEST_HARNESS_FAKEBUNDLE_H

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace camber::test {

using Json = nlohmann::ordered_json;

/// Makes the bundle FOLDER with the library fake_<fault>. `edit` may change the manifest before it gets its checksum.
void writeFakeBundle(const std::string &directory, const std::string &fault,
                     const std::function<void(Json &)> &edit = {});

/// The text of a manifest with its checksum filled in.
std::string withChecksum(Json manifest);

/// A new empty directory for the running test.
std::string temporaryDirectory();

std::string readFile(const std::string &path);
void writeFile(const std::string &path, const std::string &text);

} // namespace camber::test

#endif
