// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "camber/Compiler/SpecFile.h"
#include "camber/Compiler/Presets.h"
#include "camber/Compiler/ValueParsers.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"
#include "llvm/Support/raw_ostream.h"
#include <list>

using namespace llvm;

namespace camber {
namespace {

/// A value of the file with its place. Scalars are text: a kernel's fields are read from text wherever they come from.
struct Node {
  enum Kind { Scalar, List, Map };
  Kind kind = Scalar;
  SMLoc place;
  std::string text;
  std::list<std::pair<Node, Node>> members; ///< of a map, in the order of the file
  std::list<Node> items;                    ///< of a list
};

class Reader {
public:
  Reader(StringRef path, StringRef text) : stem(sys::path::stem(path).str()) {
    sources.AddNewSourceBuffer(MemoryBuffer::getMemBufferCopy(text, path), SMLoc());
    sources.setDiagHandler(
        [](const SMDiagnostic &diagnostic, void *errors) {
          raw_string_ostream stream(*static_cast<std::string *>(errors));
          diagnostic.print(nullptr, stream, /*ShowColors=*/false);
        },
        &errors);
  }

  Expected<SpecFile> read() {
    Node root;
    yaml::Stream stream(sources.getMemoryBuffer(sources.getMainFileID())->getBuffer(), sources, /*ShowColors=*/false);
    yaml::document_iterator document = stream.begin();
    if (document != stream.end())
      if (yaml::Node *node = document->getRoot())
        root = convert(*node, 0);
    if (stream.failed() || !errors.empty())
      return takeError();
    if (document != stream.end() && ++document != stream.end() && !stream.failed())
      if (yaml::Node *node = document->getRoot())
        report(node->getSourceRange().Start, "a file holds one document; write the kernels of both into one list of "
                                             "'families'");
    if (stream.failed() || !errors.empty())
      return takeError();
    if (root.kind != Node::Map)
      return fail(root.place, "a map is needed, with 'kernel' or 'families'");
    readTop(root);
    if (!errors.empty())
      return takeError();
    return std::move(result);
  }

private:
  Error takeError() {
    // The first message; what follows is often its consequence.
    return createStringError(inconvertibleErrorCode(), StringRef(errors).rtrim());
  }
  Error fail(SMLoc place, const Twine &message) {
    report(place, message);
    return takeError();
  }
  void report(SMLoc place, const Twine &message) {
    if (errors.empty())
      sources.PrintMessage(place, SourceMgr::DK_Error, message);
  }
  void report(SMLoc place, Error error) { report(place, toString(std::move(error))); }

  /// LLVM's parser reads a file as its nodes are visited, and asserts that each is visited once and to its end. So a
  /// key is looked at before its value is asked for, and after the first error nothing is.
  Node convert(yaml::Node &node, unsigned depth) {
    constexpr unsigned maxDepth = 16;
    Node result;
    result.place = node.getSourceRange().Start;
    if (auto *scalar = dyn_cast<yaml::ScalarNode>(&node)) {
      SmallString<32> storage;
      result.text = scalar->getValue(storage).str();
    } else if (auto *block = dyn_cast<yaml::BlockScalarNode>(&node)) {
      result.text = block->getValue().str();
    } else if (isa<yaml::AliasNode>(&node)) {
      report(result.place, "aliases are not supported");
    } else if (!isa<yaml::NullNode>(&node) && depth == maxDepth) {
      report(result.place, "lists and maps are more than " + Twine(maxDepth) + " deep");
    } else if (auto *list = dyn_cast<yaml::SequenceNode>(&node)) {
      result.kind = Node::List;
      for (yaml::Node &item : *list) {
        result.items.push_back(convert(item, depth + 1));
        if (!errors.empty())
          break;
      }
    } else if (auto *map = dyn_cast<yaml::MappingNode>(&node)) {
      result.kind = Node::Map;
      StringSet<> keys;
      for (yaml::KeyValueNode &entry : *map) {
        if (!convertEntry(entry, keys, result, depth))
          break;
      }
    }
    return result;
  }

  /// Whether the map may be read on.
  bool convertEntry(yaml::KeyValueNode &entry, StringSet<> &keys, Node &map, unsigned depth) {
    yaml::Node *key = entry.getKey();
    if (!key || !errors.empty())
      return false; // the parser has said why
    if (!isa<yaml::ScalarNode>(key)) {
      report(key->getSourceRange().Start, "a key must be a word; is a comma or a colon missing?");
      return false;
    }
    Node name = convert(*key, depth + 1);
    yaml::Node *value = entry.getValue();
    if (!value || !errors.empty())
      return false;
    if (!keys.insert(name.text).second)
      report(name.place, "'" + name.text + "' is here twice");
    map.members.emplace_back(std::move(name), convert(*value, depth + 1));
    return errors.empty();
  }

  const Node *find(const Node &map, StringRef key) {
    for (const auto &[name, value] : map.members)
      if (name.text == key)
        return &value;
    return nullptr;
  }
  void checkKeys(const Node &map, ArrayRef<StringRef> known) {
    for (const auto &[name, value] : map.members)
      if (!is_contained(known, name.text))
        report(name.place, "unknown key '" + name.text + "'; known: " + join(known, ", "));
  }
  std::string readText(const Node &node, const Twine &what) {
    if (node.kind != Node::Scalar || node.text.empty())
      report(node.place, what + " must be a word or a number");
    return node.text;
  }
  /// A list of words, or one word.
  std::vector<std::string> readWords(const Node &node, const Twine &what) {
    std::vector<std::string> words;
    if (node.kind == Node::Scalar)
      return {readText(node, what)};
    if (node.kind == Node::Map || node.items.empty())
      report(node.place, what + " must be a list of words");
    for (const Node &item : node.items)
      words.push_back(readText(item, what));
    return words;
  }

  void readTop(const Node &top) {
    const Node *families = find(top, "families"), *name = find(top, "name"), *targets = find(top, "targets");
    if (families)
      checkKeys(top, {"name", "summary", "sources", "targets", "families"});
    else
      checkKeys(top, {"name", "summary", "sources", "targets", "kernel", "dtypes", "lengths"});
    result.name = name ? readText(*name, "name") : stem;
    if (targets)
      result.targets = readWords(*targets, "targets");
    if (!families) {
      std::string symbol = result.name;
      std::replace_if(
          symbol.begin(), symbol.end(), [](char c) { return !isAlnum(c); }, '_');
      readFamily(top, symbol);
      return;
    }
    if (families->kind != Node::List || families->items.empty())
      report(families->place, "families must be a list of maps");
    for (const Node &family : families->items) {
      if (family.kind != Node::Map)
        return report(family.place, "a family is a map with 'name' and 'kernel'");
      checkKeys(family, {"name", "kernel", "dtypes", "lengths"});
      const Node *familyName = find(family, "name");
      if (!familyName)
        return report(family.place, "a family needs a 'name'");
      readFamily(family, readText(*familyName, "name"));
    }
  }

  /// Sets a field of the kernel; reports what is wrong with it where it stands.
  void set(KernelSpec &spec, const Node &key, const Node &value) {
    if (StringRef field = key.text; field.consume_front("no-") && isField(field))
      return report(key.place, "'" + key.text + "' is no field of a kernel; write '" + field.str() + ": false'");
    if (!isField(key.text))
      return report(key.place,
                    "'" + key.text + "' is no field of a kernel; fields are flags of camber-compile without dashes");
    std::string text = readText(value, key.text);
    if (errors.empty())
      if (Error error = setField(spec, key.text, text))
        report(value.place, std::move(error));
  }

  KernelSpec readKernel(const Node &kernel) {
    KernelSpec spec;
    if (const Node *model = find(kernel, "model"))
      if (Error error = applyPreset(readText(*model, "model"), spec))
        report(model->place, std::move(error));
    // Where a preset has as many kv heads as heads, so has its variant with another number of heads.
    const bool sameHeads = spec.kvHeads == spec.heads;
    for (const auto &[key, value] : kernel.members)
      if (key.text != "model")
        set(spec, key, value);
    for (const auto &[key, value] : kernel.members)
      if (isField(key.text))
        if (Error error = checkEffect(spec, key.text))
          report(key.place, std::move(error));
    if (sameHeads && !find(kernel, "kv-heads"))
      spec.kvHeads = spec.heads;
    for (StringRef needed : {"heads", "head-dim"})
      if (!find(kernel, needed) && !find(kernel, "model"))
        report(kernel.place, "a kernel needs '" + needed + "', or a 'model'");
    return spec;
  }

  static std::string lengthText(const LengthSpec &length) {
    switch (length.kind) {
    case LengthSpec::Static:
      return std::to_string(length.value);
    case LengthSpec::Bounded:
      return "le" + std::to_string(length.value);
    case LengthSpec::Dynamic:
      break;
    }
    return "any";
  }
  /// Smaller for what is more specialised.
  static std::pair<int, int64_t> rank(const LengthSpec &length) {
    return {length.kind == LengthSpec::Static    ? 0
            : length.kind == LengthSpec::Bounded ? 1
                                                 : 2,
            length.kind == LengthSpec::Bounded ? length.value : 0};
  }

  void readFamily(const Node &family, const std::string &name) {
    const Node *kernel = find(family, "kernel"), *dtypes = find(family, "dtypes"), *lengths = find(family, "lengths");
    if (!kernel || kernel->kind != Node::Map)
      return report(kernel ? kernel->place : family.place, "'kernel' is needed, a map of fields");
    const KernelSpec base = readKernel(*kernel);
    std::vector<KernelSpec> variants;
    if (lengths && (lengths->kind != Node::List || lengths->items.empty()))
      return report(lengths->place, "lengths must be a list of maps with 'q-len' and 'kv-len'");
    if (!lengths)
      variants.push_back(base);
    else
      for (const Node &pair : lengths->items) {
        if (pair.kind != Node::Map)
          return report(pair.place, "lengths must be maps with 'q-len' and 'kv-len'");
        checkKeys(pair, {"q-len", "kv-len"});
        variants.push_back(base);
        for (const auto &[key, value] : pair.members)
          if (isField(key.text))
            set(variants.back(), key, value);
      }
    stable_sort(variants, [](const KernelSpec &a, const KernelSpec &b) {
      return std::pair(rank(a.qLen), rank(a.kvLen)) < std::pair(rank(b.qLen), rank(b.kvLen));
    });
    std::vector<std::string> storages = dtypes ? readWords(*dtypes, "dtypes") : std::vector<std::string>{base.storage};
    if (!errors.empty())
      return;

    KernelFamily members{name, {}};
    for (const std::string &storage : storages)
      for (KernelSpec spec : variants) {
        if (Error error = setField(spec, "dtype", storage))
          return report(dtypes->place, std::move(error));
        spec.name = name;
        if (storages.size() > 1)
          spec.name += "_" + storage;
        if (variants.size() > 1)
          spec.name += "_q" + lengthText(spec.qLen) + "_k" + lengthText(spec.kvLen);
        if (Error error = validateSpec(spec))
          return report(kernel->place, std::move(error));
        if (!names.insert(spec.name).second)
          return report(family.place, "two kernels are named '" + spec.name + "'");
        members.kernels.push_back(spec.name);
        result.kernels.push_back(std::move(spec));
      }
    if (members.kernels.size() > 1)
      result.families.push_back(std::move(members));
  }

  std::string stem, errors;
  SourceMgr sources;
  SpecFile result;
  StringSet<> names;
};

} // namespace

Expected<SpecFile> parseSpecFile(StringRef path, StringRef text) { return Reader(path, text).read(); }

} // namespace camber
