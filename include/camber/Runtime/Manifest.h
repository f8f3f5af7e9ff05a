// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// manifest.json of a bundle as plain structs. The format is described in lib/Bundle/README.md.
#ifndef CAMBER_RUNTIME_MANIFEST_H
#define CAMBER_RUNTIME_MANIFEST_H

#include "camber/Runtime/LaunchConfig.h"
#include "camber/Runtime/Result.h"
#include "camber/Runtime/abi.h"
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace camber {

/// The newest manifest this library reads.
constexpr int64_t kManifestVersion = 1;

enum class Element { F32, F16, BF16, I32 };
int64_t elementBytes(Element element);
/// What abi.h calls a storage type; not for I32, which no operand of the roles query, key, value and output has.
camber_element elementCode(Element element);
const char *elementName(Element element);

enum class Role {
  Query,
  Key,
  Value,
  Output,
  Lse,
  Sink,
  KeyBegin,
  KeyEnd,
  QueryOffset,
  KeyOffset,
  QuerySegment,
  KeySegment,
  KeyNorms,
  Parameter
};
const char *roleName(Role role);
inline bool isWritten(Role role) { return role == Role::Output || role == Role::Lse; }

/// Lengths, heads and head dimensions are below this: the limit that dialects/Attn/AttnOps.td sets (its constraints 1,
/// 8 and 14).
inline constexpr int64_t kMaxLength = int64_t(1) << 24;

/// A query or key length, in elements.
struct Length {
  enum Kind { Static, Bounded, Dynamic } kind = Dynamic;
  int64_t value = 0; ///< unused for Any
  bool accepts(int64_t length) const;
};

/// One dimension of an operand: a number, one of the three run-time sizes, or the blocks of CAMBER_KEY_BLOCK keys.
struct Dim {
  enum Kind { Fixed, Batch, QLen, KvLen, KeyBlocks } kind = Fixed;
  int64_t value = 0; ///< for Fixed
};

/// The run-time sizes of one call.
struct Sizes {
  int64_t batch = 0, qLen = 0, kvLen = 0;
};

struct Operand {
  std::string name;
  Role role = Role::Parameter;
  Element element = Element::F32;
  std::vector<Dim> dims; ///< outermost first, at most CAMBER_MAX_RANK
  std::vector<int64_t> shape(const Sizes &sizes) const;
};

/// The value of an attribute of a mask or a score node. "inf", "-inf" and "-0.0" arrive as strings.
using Attribute = std::variant<bool, int64_t, double, std::string, std::vector<double>>;
using Attributes = std::map<std::string, Attribute>;

/// Readers of attributes; nothing where the name is absent or the value is of another kind.
std::optional<int64_t> integerAttribute(const Attributes &attributes, const std::string &name);
/// Also of the strings "inf", "-inf", "-0.0" and "nan".
std::optional<double> realAttribute(const Attributes &attributes, const std::string &name);
std::optional<bool> boolAttribute(const Attributes &attributes, const std::string &name);
std::optional<std::string> stringAttribute(const Attributes &attributes, const std::string &name);

struct Mask {
  std::string kind;
  Attributes attrs;
};

/// Other is any type without reference semantics, in a kernel that is not checkable.
enum class ScalarType { F32, I32, I1, F64, I64, Index, F16, BF16, I8, I16, Other };

/// An argument of a score node: an earlier value, or (where `parameter` is set) a run-time scalar operand.
struct ScoreArg {
  int64_t value = 0;
  std::string parameter;
};

struct ScoreNode {
  std::string op;
  std::vector<ScoreArg> args;
  std::vector<std::string> params; ///< names of parameter operands
  Attributes attrs;
  ScalarType type = ScalarType::F32;
  std::string location; ///< "file.mlir:12:5" where the user wrote it; empty where unknown
};

/// A constant table of the score body. Nodes name it like a parameter; no operand has such a name.
struct ScoreTable {
  std::string name;
  Element element = Element::F32; ///< F32 or I32
  std::vector<int64_t> dims;
  std::vector<uint32_t> bits; ///< row-major
};

/// Whether a node is a score modifier that Camber knows by name: it makes a score of a score, as scale, softcap and the
/// biases do. All others are arithmetic of the user.
bool isNamedModifier(const ScoreNode &node);

/// Ids 0 .. 4 of a score graph are its inputs; node n has id kScoreInputs + n.
constexpr int64_t kScoreInputs = 5;

struct KernelTarget {
  std::string name;
  int64_t objectBytes = 0;
  std::string schedule;
  // Of a device.
  std::string ptx, cubin; ///< files of the bundle; cubin may be empty
  std::optional<LaunchConfig> launch;
};

/// The contract of one kernel.
struct Kernel {
  std::string name;
  uint64_t fingerprint = 0;
  Element storage = Element::F32;
  int64_t heads = 0, kvHeads = 0, headDim = 0;
  int64_t headOffset = 0; ///< added to the head that the score graph sees
  Length qLen, kvLen;
  bool offsetPositions = false;
  std::vector<Operand> operands; ///< in the order of the argument struct
  std::vector<Mask> masks;
  std::vector<ScoreNode> scores;
  std::vector<ScoreTable> scoreTables;
  int64_t scoreResult = 0;
  bool checkable = true;
  bool skips = false; ///< skips keys that a falling bias has made negligible
  std::vector<KernelTarget> targets;

  const Operand *find(Role role) const;
  const Operand *find(std::string_view name) const;
};

/// Whether the result of the score graph depends on a node, by its index in `scores`. A node that it does not depend on
/// has no effect, whatever it is: a bias that is not added, and that would hide pairs, hides none.
std::vector<bool> usedScores(const Kernel &kernel);

/// Kernels that F_plan and F_run of abi.h choose from.
struct Family {
  std::string name;            ///< F
  std::vector<size_t> kernels; ///< indices in Manifest::kernels, in the order they are considered
};

struct BundleFile {
  std::string path; ///< relative to the bundle
  std::string kind; ///< shared_library, static_library, header, …
  int64_t bytes = 0;
  uint64_t xxh3 = 0;
};

struct Manifest {
  std::string path; ///< of the file it was read from, for messages
  int64_t version = 0;
  std::string camberVersion;
  int64_t abiVersion = 0;
  std::string bundle;
  std::string architecture; ///< of the libraries; "none" where there are none
  std::vector<BundleFile> files;
  std::vector<Kernel> kernels;
  std::vector<Family> families;
};

/// Reads a manifest from text. `path` is used in messages only. Fails, naming path and field, where the text is not
/// JSON (truncated), is newer than kManifestVersion, does not have its checksum (edited), or breaks the README's rules.
Result<Manifest> parseManifest(const std::string &text, const std::string &path);

/// Reads one entry of "kernels" alone, e.g. in tests. `where` begins every message.
Result<Kernel> parseKernel(const std::string &json, const std::string &where);

/// Where the files of a bundle are: in a directory, or in the memory of a library that carries its code for devices.
class BundleFiles {
public:
  BundleFiles(std::string directory) : directory(std::move(directory)) {}
  /// `code` outlives this.
  explicit BundleFiles(const camber_device_code &code) : code(&code) {}
  /// The path as messages show it.
  std::string pathOf(const std::string &file) const;
  Result<std::string> read(const std::string &file) const;

private:
  std::string directory;
  const camber_device_code *code = nullptr;
};

/// Reads the bundle's manifest.json.
Result<Manifest> readManifest(const BundleFiles &files);

/// Compares the size and hash of every file in the manifest with what is there.
Status checkFiles(const Manifest &manifest, const BundleFiles &files);

/// XXH3-64 of bytes, and the checksum of a manifest's text (its own checksum value counted as zeros). The second is
/// empty where the text has no checksum member.
uint64_t hashBytes(std::string_view bytes);
std::optional<uint64_t> manifestChecksum(std::string text);

/// The whole of a file.
Result<std::string> readBytes(const std::string &path);

} // namespace camber

#endif
