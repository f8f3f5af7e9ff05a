// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// From the text of manifest.json to structs, with every rule of lib/Bundle/README.md checked.
#include "JsonReader.h"
#include "camber/Runtime/Manifest.h"
#include "camber/Runtime/abi.h"
#include <algorithm>
#include <cstring>
#include <set>

namespace camber {
namespace {

constexpr int64_t kLargest = kMaxLength - 1;

template <typename Enum>
Enum oneOf(const JsonReader &json, std::initializer_list<std::pair<const char *, Enum>> names) {
  const std::string text = json.string();
  std::string all;
  for (const auto &[name, value] : names) {
    if (text == name)
      return value;
    all += std::string(all.empty() ? "" : ", ") + name;
  }
  json.fail("'" + text + "' is not one of " + all);
  return names.begin()->second;
}

Element readElement(const JsonReader &json) {
  return oneOf<Element>(json,
                        {{"f32", Element::F32}, {"f16", Element::F16}, {"bf16", Element::BF16}, {"i32", Element::I32}});
}

Role readRole(const JsonReader &json) {
  return oneOf<Role>(json, {{"query", Role::Query},
                            {"key", Role::Key},
                            {"value", Role::Value},
                            {"output", Role::Output},
                            {"lse", Role::Lse},
                            {"sink", Role::Sink},
                            {"key_begin", Role::KeyBegin},
                            {"key_end", Role::KeyEnd},
                            {"query_offset", Role::QueryOffset},
                            {"key_offset", Role::KeyOffset},
                            {"query_segment", Role::QuerySegment},
                            {"key_segment", Role::KeySegment},
                            {"key_norms", Role::KeyNorms},
                            {"parameter", Role::Parameter}});
}

Length readLength(const JsonReader &json) {
  Length length;
  length.kind = oneOf<Length::Kind>(
      json.member("kind"), {{"static", Length::Static}, {"bounded", Length::Bounded}, {"dynamic", Length::Dynamic}});
  if (length.kind != Length::Dynamic)
    length.value = json.member("value").integer(0, kLargest);
  return length;
}

LaunchConfig readLaunch(const JsonReader &json) {
  LaunchConfig launch;
  launch.rows = json.member("rows").integer(1, kLargest);
  launch.packed = json.member("packed").boolean();
  launch.threads = json.member("threads").integer(1, 1024);
  launch.sharedBytes = json.member("shared_bytes").integer(0, int64_t(1) << 20);
  if (json.has("prepare_q_len_min"))
    launch.prepareQLenMin = json.member("prepare_q_len_min").integer(0, kLargest);
  return launch;
}

Dim readDim(const JsonReader &json) {
  if (json.json().is_string())
    return {oneOf<Dim::Kind>(
                json,
                {{"batch", Dim::Batch}, {"q_len", Dim::QLen}, {"kv_len", Dim::KvLen}, {"key_blocks", Dim::KeyBlocks}}),
            0};
  return {Dim::Fixed, json.integer(1, int64_t(1) << 40)};
}

Operand readOperand(const JsonReader &json) {
  Operand operand;
  operand.name = json.member("name").string();
  operand.role = readRole(json.member("role"));
  operand.element = readElement(json.member("element"));
  json.member("dims").forEach([&](const JsonReader &dim) { operand.dims.push_back(readDim(dim)); });
  if (operand.dims.size() > CAMBER_MAX_RANK)
    json.fail("has more than " + std::to_string(CAMBER_MAX_RANK) + " dimensions");
  return operand;
}

/// JSON has no infinities and many writers no negative zero: they are strings.
double readReal(const JsonReader &json) {
  if (!json.json().is_string())
    return json.number();
  const double infinity = std::numeric_limits<double>::infinity();
  return oneOf<double>(json, {{"inf", infinity}, {"-inf", -infinity}, {"-0.0", -0.0}});
}

Attribute readAttribute(const JsonReader &json) {
  const JsonReader::Json &value = json.json();
  if (value.is_boolean())
    return value.get<bool>();
  if (value.is_string())
    return value.get<std::string>();
  if (value.is_number_integer() && !value.is_number_unsigned())
    return value.get<int64_t>();
  if (value.is_number_unsigned() && value.get<uint64_t>() <= uint64_t(std::numeric_limits<int64_t>::max()))
    return value.get<int64_t>();
  if (value.is_number())
    return value.get<double>();
  if (value.is_array()) {
    std::vector<double> numbers;
    json.forEach([&](const JsonReader &number) { numbers.push_back(readReal(number)); });
    return numbers;
  }
  json.fail("must be a number, a string, a boolean or a list of numbers");
  return false;
}

Attributes readAttributes(const JsonReader &json, std::set<std::string> except) {
  Attributes attributes;
  if (!json.json().is_object())
    json.fail("must be an object");
  else
    for (const auto &item : json.json().items())
      if (!except.count(item.key()) && !json.failed())
        attributes.emplace(item.key(), readAttribute(json.member(item.key().c_str())));
  return attributes;
}

ScoreNode readNode(const JsonReader &json, int64_t id) {
  ScoreNode node;
  node.op = json.member("op").string();
  json.member("args").forEach([&](const JsonReader &arg) {
    if (arg.json().is_string())
      node.args.push_back({0, arg.string()});
    else
      node.args.push_back({arg.integer(0, id - 1), ""});
  });
  if (json.has("params"))
    json.member("params").forEach([&](const JsonReader &name) { node.params.push_back(name.string()); });
  if (json.has("attrs"))
    node.attrs = readAttributes(json.member("attrs"), {});
  if (json.has("type"))
    node.type = oneOf<ScalarType>(json.member("type"), {{"f32", ScalarType::F32},
                                                        {"i32", ScalarType::I32},
                                                        {"i1", ScalarType::I1},
                                                        {"f64", ScalarType::F64},
                                                        {"i64", ScalarType::I64},
                                                        {"index", ScalarType::Index},
                                                        {"f16", ScalarType::F16},
                                                        {"bf16", ScalarType::BF16},
                                                        {"i8", ScalarType::I8},
                                                        {"i16", ScalarType::I16},
                                                        {"other", ScalarType::Other}});
  return node;
}

ScoreTable readTable(const JsonReader &json) {
  ScoreTable table;
  table.name = json.member("name").string();
  table.element = readElement(json.member("element"));
  if (table.element != Element::F32 && table.element != Element::I32)
    json.member("element").fail("must be f32 or i32");
  int64_t size = 1;
  json.member("dims").forEach([&](const JsonReader &dim) {
    table.dims.push_back(dim.integer(1, (int64_t(1) << 31) - 1));
    size = std::min(size, int64_t(1) << 31) * table.dims.back();
  });
  if (table.dims.size() > CAMBER_MAX_RANK)
    json.member("dims").fail("has more than " + std::to_string(CAMBER_MAX_RANK) + " dimensions");
  json.member("values").forEach([&](const JsonReader &value) {
    uint32_t bits;
    if (table.element == Element::F32) {
      const float number = static_cast<float>(readReal(value));
      std::memcpy(&bits, &number, sizeof(bits));
    } else {
      bits = static_cast<uint32_t>(
          value.integer(std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()));
    }
    table.bits.push_back(bits);
  });
  if (static_cast<int64_t>(table.bits.size()) != size)
    json.member("values").fail("must hold one number for each entry of \"dims\"");
  return table;
}

void readScore(const JsonReader &score, Kernel &kernel) {
  score.member("nodes").forEach([&](const JsonReader &node) {
    kernel.scores.push_back(readNode(node, kScoreInputs + static_cast<int64_t>(kernel.scores.size())));
  });
  if (score.has("tables"))
    score.member("tables").forEach([&](const JsonReader &table) { kernel.scoreTables.push_back(readTable(table)); });
  if (score.has("locations")) {
    size_t n = 0;
    score.member("locations").forEach([&](const JsonReader &location) {
      if (n >= kernel.scores.size())
        return score.member("locations").fail("has more entries than \"nodes\"");
      kernel.scores[n++].location = location.string();
    });
  }
  kernel.scoreResult = score.member("result").integer(0, kScoreInputs + static_cast<int64_t>(kernel.scores.size()) - 1);
}

/// What holds between the members of a kernel.
void checkKernel(const JsonReader &json, const Kernel &kernel) {
  if (kernel.storage == Element::I32)
    json.member("storage").fail("must be f32, f16 or bf16");
  if (kernel.heads % kernel.kvHeads != 0)
    json.member("heads").fail("must be a multiple of kv_heads");
  std::set<std::string> names;
  std::set<Role> roles;
  for (const Operand &operand : kernel.operands) {
    if (!names.insert(operand.name).second)
      json.member("operands").fail("two operands are named '" + operand.name + "'");
    if (operand.role != Role::Parameter && !roles.insert(operand.role).second)
      json.member("operands").fail(std::string("two operands have the role ") + roleName(operand.role));
  }
  for (Role role : {Role::Query, Role::Key, Role::Value, Role::Output})
    if (!roles.count(role))
      json.member("operands").fail(std::string("no operand has the role ") + roleName(role));

  // Whoever walks an operand relies on its rank and element type.
  using D = Dim;
  const std::map<Role, std::vector<Dim>> shapes = {
      {Role::Query, {{D::Batch}, {D::Fixed, kernel.heads}, {D::QLen}, {D::Fixed, kernel.headDim}}},
      {Role::Key, {{D::Batch}, {D::Fixed, kernel.kvHeads}, {D::KvLen}, {D::Fixed, kernel.headDim}}},
      {Role::Value, {{D::Batch}, {D::Fixed, kernel.kvHeads}, {D::KvLen}, {D::Fixed, kernel.headDim}}},
      {Role::Output, {{D::Batch}, {D::Fixed, kernel.heads}, {D::QLen}, {D::Fixed, kernel.headDim}}},
      {Role::Lse, {{D::Batch}, {D::Fixed, kernel.heads}, {D::QLen}}},
      {Role::Sink, {{D::Fixed, kernel.heads}}},
      {Role::KeyBegin, {{D::Batch}}},
      {Role::KeyEnd, {{D::Batch}}},
      {Role::QueryOffset, {{D::Batch}}},
      {Role::KeyOffset, {{D::Batch}}},
      {Role::QuerySegment, {{D::Batch}, {D::QLen}}},
      {Role::KeySegment, {{D::Batch}, {D::KvLen}}},
      {Role::KeyNorms, {{D::Batch}, {D::Fixed, kernel.kvHeads}, {D::KeyBlocks}}}};
  const Sizes probe{3, 5, 7 * CAMBER_KEY_BLOCK}; // distinct, so that equal shapes mean equal symbols
  for (const Operand &operand : kernel.operands) {
    auto shape = shapes.find(operand.role);
    if (shape == shapes.end())
      continue;
    Operand expected = operand;
    expected.dims = shape->second;
    // A length that is exact may be written as its number.
    Sizes actual = probe;
    if (kernel.qLen.kind == Length::Static)
      actual.qLen = kernel.qLen.value;
    if (kernel.kvLen.kind == Length::Static)
      actual.kvLen = kernel.kvLen.value;
    // So may a static batch.
    if (!operand.dims.empty() && operand.dims[0].kind == Dim::Fixed && expected.dims[0].kind == Dim::Batch)
      expected.dims[0] = operand.dims[0];
    if (operand.shape(actual) != expected.shape(actual))
      json.member("operands")
          .fail("'" + operand.name + "' does not have the dimensions of its role " + roleName(operand.role));
    const bool data = operand.role <= Role::Output,
               real = operand.role == Role::Lse || operand.role == Role::Sink || operand.role == Role::KeyNorms;
    const Element element = data ? kernel.storage : real ? Element::F32 : Element::I32;
    if (operand.element != element)
      json.member("operands").fail("'" + operand.name + "' must have elements of type " + elementName(element));
  }
  std::optional<int64_t> staticBatch;
  for (const Operand &operand : kernel.operands)
    if (operand.role != Role::Parameter && operand.role != Role::Sink && !operand.dims.empty() &&
        operand.dims[0].kind == Dim::Fixed) {
      if (staticBatch && *staticBatch != operand.dims[0].value)
        json.member("operands").fail("'" + operand.name + "' has another batch than operands before it");
      staticBatch = operand.dims[0].value;
    }
  for (const ScoreTable &table : kernel.scoreTables)
    if (!names.insert(table.name).second)
      json.member("score").fail("'" + table.name + "' is the name of two tables, or of a table and an operand");
  for (const ScoreNode &node : kernel.scores) {
    if (node.type == ScalarType::Other && kernel.checkable)
      json.member("score").fail("'" + node.op + "' gives a type without reference semantics in a checkable kernel");
    std::vector<std::string> used = node.params;
    for (const ScoreArg &arg : node.args)
      if (!arg.parameter.empty())
        used.push_back(arg.parameter);
    for (const std::string &name : used) {
      const Operand *operand = kernel.find(name);
      const bool isTable = std::any_of(kernel.scoreTables.begin(), kernel.scoreTables.end(),
                                       [&](const ScoreTable &table) { return table.name == name; });
      if (!isTable && (!operand || operand->role != Role::Parameter))
        json.member("score").fail("'" + node.op + "' names the parameter '" + name +
                                  "', which is no parameter operand");
    }
  }
  if (kernel.offsetPositions != (roles.count(Role::QueryOffset) > 0) ||
      kernel.offsetPositions != (roles.count(Role::KeyOffset) > 0))
    json.member("positions").fail("run_time goes with operands query_offset and key_offset, aligned without");
}

Kernel readKernel(const JsonReader &json) {
  Kernel kernel;
  kernel.name = json.member("name").string();
  kernel.fingerprint = json.member("fingerprint").hash();
  kernel.storage = readElement(json.member("storage"));
  kernel.heads = json.member("heads").integer(1, kLargest);
  kernel.kvHeads = json.member("kv_heads").integer(1, kLargest);
  kernel.headDim = json.member("head_dim").integer(1, kLargest);
  if (json.has("head_offset"))
    kernel.headOffset = json.member("head_offset").integer(0, kLargest);
  kernel.qLen = readLength(json.member("q_len"));
  kernel.kvLen = readLength(json.member("kv_len"));
  kernel.offsetPositions = oneOf<bool>(json.member("positions"), {{"end_aligned", false}, {"offsets", true}});
  json.member("operands").forEach([&](const JsonReader &operand) { kernel.operands.push_back(readOperand(operand)); });
  json.member("masks").forEach([&](const JsonReader &mask) {
    kernel.masks.push_back({mask.member("kind").string(), readAttributes(mask, {"kind"})});
  });
  readScore(json.member("score"), kernel);
  kernel.checkable = json.member("checkable").boolean();
  if (json.has("skips"))
    kernel.skips = json.member("skips").boolean();
  if (json.has("targets"))
    json.member("targets").forEach([&](const JsonReader &target) {
      KernelTarget entry;
      entry.name = target.member("name").string();
      entry.objectBytes = target.has("object_bytes") ? target.member("object_bytes").integer(0) : 0;
      if (target.has("schedule") && target.member("schedule").json().is_string())
        entry.schedule = target.member("schedule").string();
      if (target.has("launch")) {
        entry.launch = readLaunch(target.member("launch"));
        entry.ptx = target.member("ptx").string();
        if (target.has("cubin"))
          entry.cubin = target.member("cubin").string();
      }
      kernel.targets.push_back(std::move(entry));
    });
  if (!json.failed())
    checkKernel(json, kernel);
  return kernel;
}

bool isPlainRelativePath(const std::string &path) {
  return !path.empty() && path[0] != '/' && ("/" + path + "/").find("/../") == std::string::npos;
}

} // namespace

Result<Kernel> parseKernel(const std::string &text, const std::string &where) {
  const JsonReader::Json json = JsonReader::Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return Failure{where + ": not valid JSON"};
  std::string error;
  Kernel kernel = readKernel(JsonReader(json, "kernel", error));
  if (!error.empty())
    return Failure{where + ": " + error};
  return kernel;
}

Result<Manifest> parseManifest(const std::string &text, const std::string &path) {
  const JsonReader::Json json = JsonReader::Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return Failure{path + ": not valid JSON; it was truncated or edited, compile the bundle again"};
  std::string error;
  const JsonReader reader(json, "manifest", error);
  auto failure = [&] { return Failure{path + ": " + error}; };

  Manifest manifest;
  manifest.path = path;
  // The version comes first: a newer manifest may differ in everything else.
  manifest.version = reader.member("manifest_version").integer(1);
  if (!error.empty())
    return failure();
  if (manifest.version > kManifestVersion)
    return Failure{path + ": manifest_version is " + std::to_string(manifest.version) + ", this program reads up to " +
                   std::to_string(kManifestVersion) + "; use the camber-check of the Camber that wrote the bundle"};
  const uint64_t written = reader.member("checksum").hash();
  if (!error.empty())
    return failure();
  if (manifestChecksum(text) != written)
    return Failure{path + ": checksum does not match; the file was edited, compile the bundle again"};

  manifest.camberVersion = reader.member("camber_version").string();
  manifest.abiVersion = reader.member("abi_version").integer(1);
  if (error.empty() && manifest.abiVersion != CAMBER_ABI_VERSION)
    return Failure{path + ": abi_version is " + std::to_string(manifest.abiVersion) +
                   ", this program calls kernels of " + std::to_string(CAMBER_ABI_VERSION) +
                   "; compile the bundle again"};
  manifest.bundle = reader.member("bundle").string();
  if (error.empty() && (manifest.bundle.empty() || manifest.bundle.find('/') != std::string::npos))
    reader.member("bundle").fail("must be a file name");
  manifest.architecture = reader.member("architecture").string();
  reader.member("files").forEach([&](const JsonReader &file) {
    BundleFile entry;
    entry.path = file.member("path").string();
    if (!file.failed() && !isPlainRelativePath(entry.path))
      file.member("path").fail("must be a path inside the bundle");
    entry.kind = file.member("kind").string();
    entry.bytes = file.member("bytes").integer(0);
    entry.xxh3 = file.member("xxh3").hash();
    manifest.files.push_back(std::move(entry));
  });
  reader.member("kernels").forEach([&](const JsonReader &kernel) { manifest.kernels.push_back(readKernel(kernel)); });
  std::set<std::string> names;
  for (const Kernel &kernel : manifest.kernels)
    if (!names.insert(kernel.name).second)
      reader.member("kernels").fail("two kernels are named '" + kernel.name + "'");
  if (reader.has("families"))
    reader.member("families").forEach([&](const JsonReader &family) {
      Family entry;
      entry.name = family.member("name").string();
      if (!family.failed() && !names.insert(entry.name).second)
        family.member("name").fail("is the name of a kernel or of another family");
      family.member("kernels").forEach([&](const JsonReader &member) {
        const std::string name = member.string();
        const auto found = std::find_if(manifest.kernels.begin(), manifest.kernels.end(),
                                        [&](const Kernel &kernel) { return kernel.name == name; });
        if (found == manifest.kernels.end())
          member.fail("there is no kernel '" + name + "'");
        else
          entry.kernels.push_back(found - manifest.kernels.begin());
      });
      if (entry.kernels.empty())
        family.member("kernels").fail("there is none");
      manifest.families.push_back(std::move(entry));
    });
  if (!error.empty())
    return failure();
  return manifest;
}

} // namespace camber
