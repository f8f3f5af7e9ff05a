// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Checks, JSON form and fingerprint of a kernel's signature. The JSON members are those of lib/Bundle/README.md.
#include "camber/Bundle/KernelSignature.h"
#include "camber/Runtime/abi.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace llvm;

namespace camber {
namespace {

constexpr StringLiteral kRoles[] = {"query",         "key",         "value",     "output",       "lse",
                                    "sink",          "key_begin",   "key_end",   "query_offset", "key_offset",
                                    "query_segment", "key_segment", "key_norms", "parameter"};
constexpr StringLiteral kElements[] = {"f32", "f16", "bf16", "i32"};
constexpr StringLiteral kStorage[] = {"f32", "f16", "bf16"};
constexpr StringLiteral kRuntimeSizes[] = {"batch", "q_len", "kv_len", "key_blocks"};

json::Value toValue(const LengthSpec &length) {
  static const char *const kinds[] = {"static", "bounded", "dynamic"};
  json::Object object{{"kind", kinds[length.kind]}};
  if (length.kind != LengthSpec::Dynamic)
    object["value"] = length.value;
  return object;
}

json::Value toValue(const OperandDim &dim) {
  return dim.symbol.empty() ? json::Value(dim.size) : json::Value(dim.symbol);
}

json::Array toValue(const std::vector<OperandDim> &dims) {
  json::Array array;
  for (const OperandDim &dim : dims)
    array.push_back(toValue(dim));
  return array;
}

Error bad(const KernelSignature &signature, const Twine &what) {
  return createStringError(inconvertibleErrorCode(), "kernel '" + signature.name + "': " + what);
}

Error validateOperand(const KernelSignature &signature, const KernelOperand &operand) {
  if (!isCIdentifier(operand.name) || operand.name == "header")
    return bad(signature, "operand name '" + operand.name + "' cannot be a member of a C struct");
  if (!is_contained(kRoles, operand.role))
    return bad(signature, "operand '" + operand.name + "' has the unknown role '" + operand.role + "'");
  if (!is_contained(kElements, operand.element))
    return bad(signature, "operand '" + operand.name + "' has the unknown element type '" + operand.element + "'");
  if (operand.dims.size() > CAMBER_MAX_RANK)
    return bad(signature, "operand '" + operand.name + "' has " + Twine(operand.dims.size()) + " dimensions; at most " +
                              Twine(CAMBER_MAX_RANK) + " are supported");
  for (const OperandDim &dim : operand.dims)
    if (dim.symbol.empty() ? dim.size < 1 : !is_contained(kRuntimeSizes, dim.symbol))
      return bad(signature, "operand '" + operand.name + "' has an invalid dimension");
  return Error::success();
}

} // namespace

bool isCIdentifier(StringRef name) {
  // Keywords up to C23 and C++23, alternative tokens, and macros that compilers and the C library's headers define.
  static const StringSet<> reserved = {
      "alignas",      "alignof",  "and",       "and_eq",    "asm",        "auto",         "bitand",
      "bitor",        "bool",     "break",     "case",      "catch",      "char",         "char16_t",
      "char32_t",     "class",    "compl",     "const",     "const_cast", "constexpr",    "continue",
      "decltype",     "default",  "delete",    "do",        "double",     "dynamic_cast", "else",
      "enum",         "explicit", "export",    "extern",    "false",      "float",        "for",
      "friend",       "goto",     "if",        "inline",    "int",        "long",         "mutable",
      "namespace",    "new",      "noexcept",  "not",       "not_eq",     "nullptr",      "operator",
      "or",           "or_eq",    "private",   "protected", "public",     "register",     "reinterpret_cast",
      "restrict",     "return",   "short",     "signed",    "sizeof",     "static",       "static_assert",
      "static_cast",  "struct",   "switch",    "template",  "this",       "thread_local", "throw",
      "true",         "try",      "typedef",   "typeid",    "typename",   "typeof",       "union",
      "unsigned",     "using",    "virtual",   "void",      "volatile",   "wchar_t",      "while",
      "xor",          "xor_eq",   "linux",     "unix",      "NULL",       "main",         "requires",
      "concept",      "char8_t",  "consteval", "constinit", "co_await",   "co_return",    "co_yield",
      "typeof_unqual"};
  if (name.empty() || !(isAlpha(name[0]) || name[0] == '_'))
    return false;
  // Names beginning with two underscores, or one and a capital, belong to the implementation.
  if (name[0] == '_' && (name.size() == 1 || name[1] == '_' || isUpper(name[1])))
    return false;
  // stdint.h has macros such as INT64_MAX, PTRDIFF_MIN and UINT8_C, abi.h such as CAMBER_NUM_PHASES.
  bool isShouting = none_of(name, [](char c) { return isLower(c); });
  if (name.starts_with("CAMBER_") || (isShouting && (name.ends_with("_MAX") || name.ends_with("_MIN") ||
                                                     name.ends_with("_C") || name.ends_with("_WIDTH"))))
    return false;
  return all_of(name, [](char c) { return isAlnum(c) || c == '_'; }) && !reserved.contains(name);
}

Error validateKernelName(StringRef name) {
  auto refuse = [&](StringRef why) {
    return createStringError(inconvertibleErrorCode(), "'" + name + "' cannot name a kernel: " + why);
  };
  if (!isCIdentifier(name))
    return refuse("it is a C symbol of letters, digits and '_', a letter first, and no keyword");
  if (name == "std")
    return refuse("the C++ header puts its functions in a namespace of that name, and 'std' is the standard library's");
  // camber_plan is a type, and "__" separates kernel and target in symbols.
  if (name == "camber" || name.starts_with("camber_") || name.contains("__"))
    return refuse("a name that is or begins with 'camber', or contains '__', could clash with Camber's own");
  return Error::success();
}

Error validateSignature(const KernelSignature &signature) {
  if (Error error = validateKernelName(signature.name))
    return error;
  if (!is_contained(kStorage, signature.storage))
    return bad(signature, "unknown storage type '" + signature.storage + "'");
  if (signature.heads < 1 || signature.kvHeads < 1 || signature.headDim < 1 || signature.heads % signature.kvHeads != 0)
    return bad(signature, "head counts and head dimension must be positive, heads a multiple of kv_heads");
  StringSet<> names;
  StringMap<int> roles;
  for (const KernelOperand &operand : signature.operands) {
    if (Error error = validateOperand(signature, operand))
      return error;
    if (!names.insert(operand.name).second)
      return bad(signature, "two operands are named '" + operand.name + "'");
    ++roles[operand.role];
  }
  for (StringRef role : kRoles) {
    bool needed = role == "query" || role == "key" || role == "value" || role == "output";
    int count = roles.lookup(role);
    if (role != "parameter" && (count > 1 || (needed && count == 0)))
      return bad(signature, Twine(count) + " operands have the role '" + role + "'");
  }
  return Error::success();
}

json::Object KernelSignature::toJSON() const {
  json::Array operandValues;
  for (const KernelOperand &operand : operands)
    operandValues.push_back(json::Object{
        {"name", operand.name}, {"role", operand.role}, {"element", operand.element}, {"dims", toValue(operand.dims)}});
  return json::Object{{"name", name},
                      {"storage", storage},
                      {"heads", heads},
                      {"kv_heads", kvHeads},
                      {"head_dim", headDim},
                      {"head_offset", headOffset},
                      {"q_len", toValue(qLen)},
                      {"kv_len", toValue(kvLen)},
                      {"positions", offsetPositions ? "offsets" : "end_aligned"},
                      {"operands", std::move(operandValues)},
                      {"masks", json::Array(masks)},
                      {"score", json::Object(score)},
                      {"checkable", checkable},
                      {"skips", skips}};
}

void writeSignatureMembers(json::OStream &out, const KernelSignature &signature) {
  // The values are toJSON's; only the order, which an object does not keep, is said here.
  json::Object all = signature.toJSON();
  if (any_of(signature.scoreLocations, [](const std::string &location) { return !location.empty(); }))
    all.getObject("score")->insert({"locations", json::Array(signature.scoreLocations)});
  for (StringRef member : {"storage", "heads", "kv_heads", "head_dim", "head_offset", "q_len", "kv_len", "positions"})
    out.attribute(member, *all.get(member));
  out.attributeArray("operands", [&] {
    for (const json::Value &operand : *all.getArray("operands"))
      out.object([&] {
        for (StringRef member : {"name", "role", "element", "dims"})
          out.attribute(member, *operand.getAsObject()->get(member));
      });
  });
  for (StringRef member : {"masks", "score", "checkable", "skips"})
    out.attribute(member, *all.get(member));
}

uint64_t KernelSignature::fingerprint() const {
  std::string text;
  raw_string_ostream stream(text);
  stream << CAMBER_VERSION << '\n' << json::Value(toJSON());
  return xxh3_64bits(text);
}

} // namespace camber
