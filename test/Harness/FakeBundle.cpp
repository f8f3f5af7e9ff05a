// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Bundles around the fake kernels.
#include "FakeBundle.h"
#include "camber/Runtime/Bundle.h"
#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace camber::test {

std::string readFile(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    throw std::runtime_error("cannot open " + path);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

void writeFile(const std::string &path, const std::string &text) {
  std::ofstream stream(path, std::ios::binary);
  stream << text;
}

std::string temporaryDirectory() {
  std::string pattern = std::filesystem::temp_directory_path() / "camber-test-XXXXXX";
  if (!mkdtemp(pattern.data()))
    throw std::runtime_error("no temporary directory");
  return pattern;
}

std::string withChecksum(Json manifest) {
  manifest["checksum"] = std::string(16, '0');
  std::string text = manifest.dump(1);
  const std::string checksum = fmt::format("{:016x}", manifestChecksum(text).value());
  const std::string zeros = "\"checksum\": \"0000000000000000\"";
  text.replace(text.find(zeros), zeros.size(), "\"checksum\": \"" + checksum + "\"");
  return text;
}

void writeFakeBundle(const std::string &directory, const std::string &fault, const std::function<void(Json &)> &edit) {
  std::filesystem::create_directories(directory + "/lib");
  const std::string library = readFile(std::string(CAMBER_FAKE_KERNELS) + "/libfake_" + fault + ".so");
  writeFile(directory + "/lib/libfake.so", library);
  auto operand = [](const char *name, const char *role, const char *element, Json dims) {
    return Json{{"name", name}, {"role", role}, {"element", element}, {"dims", std::move(dims)}};
  };
  const Json kernel = {
      {"name", "fake"},
      {"fingerprint", "0123456789abcdef"},
      {"storage", "f32"},
      {"heads", 2},
      {"kv_heads", 1},
      {"head_dim", 8},
      {"q_len", {{"kind", "dynamic"}}},
      {"kv_len", {{"kind", "bounded"}, {"value", 4096}}},
      {"positions", "end_aligned"},
      {"operands",
       {operand("q", "query", "f32", {"batch", 2, "q_len", 8}), operand("k", "key", "f32", {"batch", 1, "kv_len", 8}),
        operand("v", "value", "f32", {"batch", 1, "kv_len", 8}),
        operand("key_end", "key_end", "i32", Json::array({"batch"})),
        operand("o", "output", "f32", {"batch", 2, "q_len", 8}), operand("lse", "lse", "f32", {"batch", 2, "q_len"})}},
      {"masks", Json::array({{{"kind", "attn.causal"}}})},
      {"score",
       {{"nodes", Json::array({{{"op", "attn.scale"}, {"args", Json::array({0})}, {"attrs", {{"factor", 0.25}}}}})},
        {"result", 5}}},
      {"checkable", true},
      {"targets", Json::array({{{"name", "x86-64-v3"}, {"object_bytes", 1000}}})}};
  Json manifest = {{"manifest_version", 1},
                   {"checksum", ""},
                   {"camber_version", "0.1.0"},
                   {"abi_version", CAMBER_ABI_VERSION},
                   {"bundle", "fake"},
                   {"architecture", hostArchitecture()},
                   {"files", Json::array({{{"path", "lib/libfake.so"},
                                           {"kind", "shared_library"},
                                           {"bytes", library.size()},
                                           {"xxh3", fmt::format("{:016x}", hashBytes(library))}}})},
                   {"kernels", Json::array({kernel})}};
  if (edit)
    edit(manifest);
  writeFile(directory + "/manifest.json", withChecksum(manifest));
}

} // namespace camber::test
