// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Queries on a manifest, and the comparison of a bundle's files with their hashes.
#include "camber/Runtime/Manifest.h"
#include "camber/Runtime/abi.h"
#include <cmath>
#include <fstream>
#include <limits>
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace camber {

int64_t elementBytes(Element element) { return element == Element::F16 || element == Element::BF16 ? 2 : 4; }

camber_element elementCode(Element element) {
  return element == Element::F16 ? CAMBER_F16 : element == Element::BF16 ? CAMBER_BF16 : CAMBER_F32;
}

const char *elementName(Element element) {
  static const char *const names[] = {"f32", "f16", "bf16", "i32"};
  return names[static_cast<int>(element)];
}

const char *roleName(Role role) {
  static const char *const names[] = {"query",         "key",         "value",     "output",       "lse",
                                      "sink",          "key_begin",   "key_end",   "query_offset", "key_offset",
                                      "query_segment", "key_segment", "key_norms", "parameter"};
  return names[static_cast<int>(role)];
}

bool Length::accepts(int64_t length) const {
  if (length < 0)
    return false;
  return kind == Dynamic || (kind == Static ? length == value : length <= value);
}

std::vector<int64_t> Operand::shape(const Sizes &sizes) const {
  std::vector<int64_t> shape;
  for (const Dim &dim : dims)
    switch (dim.kind) {
    case Dim::Fixed:
      shape.push_back(dim.value);
      break;
    case Dim::Batch:
      shape.push_back(sizes.batch);
      break;
    case Dim::QLen:
      shape.push_back(sizes.qLen);
      break;
    case Dim::KvLen:
      shape.push_back(sizes.kvLen);
      break;
    case Dim::KeyBlocks:
      shape.push_back((sizes.kvLen + CAMBER_KEY_BLOCK - 1) / CAMBER_KEY_BLOCK);
      break;
    }
  return shape;
}

bool isNamedModifier(const ScoreNode &node) {
  return node.op.rfind("attn.", 0) == 0 && node.op != "attn.lookup" && node.op != "attn.query_index" &&
         node.op != "attn.key_index";
}

std::vector<bool> usedScores(const Kernel &kernel) {
  std::vector<bool> used(kernel.scores.size(), false);
  auto use = [&](int64_t id) {
    if (id >= kScoreInputs)
      used[id - kScoreInputs] = true;
  };
  use(kernel.scoreResult);
  for (size_t n = used.size(); n-- > 0;) // arguments are earlier values
    if (used[n])
      for (const ScoreArg &arg : kernel.scores[n].args)
        if (arg.parameter.empty())
          use(arg.value);
  return used;
}

const Operand *Kernel::find(Role role) const {
  for (const Operand &operand : operands)
    if (operand.role == role)
      return &operand;
  return nullptr;
}

const Operand *Kernel::find(std::string_view wanted) const {
  for (const Operand &operand : operands)
    if (operand.name == wanted)
      return &operand;
  return nullptr;
}

template <typename T> static const T *get(const Attributes &attributes, const std::string &name) {
  auto it = attributes.find(name);
  return it == attributes.end() ? nullptr : std::get_if<T>(&it->second);
}

std::optional<int64_t> integerAttribute(const Attributes &attributes, const std::string &name) {
  if (const int64_t *value = get<int64_t>(attributes, name))
    return *value;
  // A writer may print an integer constant as a boolean (i1) or as 3.0.
  if (const bool *value = get<bool>(attributes, name))
    return *value;
  if (const double *value = get<double>(attributes, name))
    if (std::abs(*value) < 0x1p62 && *value == std::floor(*value))
      return static_cast<int64_t>(*value);
  return std::nullopt;
}

std::optional<double> realAttribute(const Attributes &attributes, const std::string &name) {
  if (const double *value = get<double>(attributes, name))
    return *value;
  if (const int64_t *value = get<int64_t>(attributes, name))
    return static_cast<double>(*value);
  if (const std::string *value = get<std::string>(attributes, name)) {
    if (*value == "inf" || *value == "-inf")
      return (*value == "inf" ? 1 : -1) * std::numeric_limits<double>::infinity();
    if (*value == "-0.0")
      return -0.0;
    if (*value == "nan")
      return std::numeric_limits<double>::quiet_NaN();
  }
  return std::nullopt;
}

std::optional<bool> boolAttribute(const Attributes &attributes, const std::string &name) {
  if (const bool *value = get<bool>(attributes, name))
    return *value;
  return std::nullopt;
}

std::optional<std::string> stringAttribute(const Attributes &attributes, const std::string &name) {
  if (const std::string *value = get<std::string>(attributes, name))
    return *value;
  return std::nullopt;
}

uint64_t hashBytes(std::string_view bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::optional<uint64_t> manifestChecksum(std::string text) {
  // The first member of that name is the manifest's: README puts it before "files" and "kernels", which hold none.
  const std::string key = "\"checksum\"";
  size_t at = text.find(key);
  if (at == std::string::npos)
    return std::nullopt;
  at = text.find('"', at + key.size());
  if (at == std::string::npos || at + 17 >= text.size() || text[at + 17] != '"')
    return std::nullopt;
  text.replace(at + 1, 16, 16, '0');
  return hashBytes(text);
}

Result<std::string> readBytes(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream)
    return Failure{path + ": cannot be opened; is it there and readable?"};
  // read() turns errors into a state, where iterators over the buffer would throw: a directory can be opened, but not
  // read.
  std::string bytes;
  char chunk[1 << 16];
  while (stream.read(chunk, sizeof(chunk)), stream.gcount() > 0)
    bytes.append(chunk, static_cast<size_t>(stream.gcount()));
  if (stream.bad())
    return Failure{path + ": cannot be read; is it a directory?"};
  return bytes;
}

std::string BundleFiles::pathOf(const std::string &file) const {
  return code ? "device code in memory, " + file : directory + "/" + file;
}

Result<std::string> BundleFiles::read(const std::string &file) const {
  if (!code)
    return readBytes(pathOf(file));
  for (uint64_t i = 0; i < code->num_files; ++i)
    if (file == code->files[i].path)
      return std::string(static_cast<const char *>(code->files[i].bytes), code->files[i].size);
  return Failure{pathOf(file) + ": is not there."};
}

Result<Manifest> readManifest(const BundleFiles &files) {
  const std::string path = files.pathOf("manifest.json");
  Result<std::string> text = files.read("manifest.json");
  if (!text)
    return Failure{text.error() + " A bundle is a directory written by camber-compile."};
  return parseManifest(*text, path);
}

Status checkFiles(const Manifest &manifest, const BundleFiles &files) {
  for (const BundleFile &file : manifest.files) {
    const std::string path = files.pathOf(file.path);
    Result<std::string> bytes = files.read(file.path);
    if (!bytes)
      return Failure{bytes.error() + " It is listed in " + manifest.path + "; compile the bundle again."};
    if (static_cast<int64_t>(bytes->size()) != file.bytes)
      return Failure{path + ": has " + std::to_string(bytes->size()) + " bytes, but " + manifest.path + " says " +
                     std::to_string(file.bytes) + "; the bundle is incomplete or mixed, compile it again"};
    if (hashBytes(*bytes) != file.xxh3)
      return Failure{path + ": does not have the hash in " + manifest.path +
                     "; it was changed after it was written, compile the bundle again"};
  }
  return Done{};
}

} // namespace camber
