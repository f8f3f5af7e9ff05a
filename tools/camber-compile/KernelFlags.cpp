// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Declares the flags and turns them into kernel specifications. Values are strings here and parsed by lib/Compiler,
// where presets are, so that every mistake gets a message in the same form and --help stays readable.
#include "KernelFlags.h"
#include "camber/Compiler/Presets.h"
#include "camber/Compiler/SpecFile.h"
#include "camber/Compiler/ValueParsers.h"
#include "camber/Support/RenamedFlags.h"
#include "camber/Target/Target.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/ToolOutputFile.h"
#include "llvm/Support/raw_ostream.h"
#include <deque>

using namespace llvm;

namespace camber::tools {
namespace {

cl::OptionCategory category("Camber options");

/// A flag with a value, or none. The flags of a kernel are listed, so that they can be refused beside a .mlir file.
class Flag : public cl::opt<std::string> {
public:
  Flag(const char *name, const char *value, const char *description, bool ofKernel = true)
      : cl::opt<std::string>(llvm::StringRef(name), cl::value_desc(value), cl::desc(description), cl::cat(category)) {
    if (ofKernel)
      kernelFlags().push_back(this);
  }
  bool given() const { return getNumOccurrences() != 0; }
  static std::vector<Flag *> &kernelFlags() {
    static std::vector<Flag *> flags;
    return flags;
  }
};

class Switch : public cl::opt<bool> {
public:
  Switch(const char *name, const char *description, bool ofKernel = true)
      : cl::opt<bool>(llvm::StringRef(name), cl::desc(description), cl::cat(category)) {
    if (ofKernel)
      kernelSwitches().push_back(this);
  }
  bool given() const { return getNumOccurrences() != 0; }
  static std::vector<Switch *> &kernelSwitches() {
    static std::vector<Switch *> switches;
    return switches;
  }
};

/// The flags of the registered biases.
class BiasFlags : public attn::BiasFieldVisitor {
public:
  BiasFlags() {
    for (const auto &bias : attn::getBiasSpecs())
      bias->clone()->visitFields(*this);
  }
  void visit(StringRef name, StringRef value, StringRef description, Setter) override {
    if (!names.insert(name).second)
      return; // of another bias, too
    if (value.empty())
      switches.emplace_back(keep(name), keep(description));
    else
      flags.emplace_back(keep(name), keep(value), keep(description));
  }

private:
  const char *keep(StringRef text) { return texts.emplace_back(text.str()).c_str(); }
  StringSet<> names;
  std::deque<std::string> texts; // options keep references
  std::deque<Flag> flags;
  std::deque<Switch> switches;
};

/// "Score scale (default …)".
std::string scaleText() {
  std::string text = "Score scale (default 1/sqrt(head-dim)";
  for (const auto &bias : attn::getBiasSpecs())
    if (!bias->isScaledByDefault())
      text += ", for " + bias->getName().str() + " none";
  return text + ")";
}

struct Flags {
  const std::string biasValues = join(biasNames(), "|"), scaleDescription = scaleText();
  cl::opt<std::string> input{cl::Positional, cl::desc("[model.mlir]"), cl::cat(category)};
  Flag model{"model", "NAME", "A model preset (see --list-models); further flags change it"};
  Flag bias{"bias", biasValues.c_str(), "Position bias (default none)"};
  BiasFlags ofBiases;
  Flag heads{"heads", "N", "Query heads"};
  Flag kvHeads{"kv-heads", "N", "Key/value heads (default: as many as query heads)"};
  Flag headDim{"head-dim", "N", "Head dimension"};
  Flag qLen{"q-len", "N|<=N|?", "Query length: exactly, at most, any (default)"};
  Flag kvLen{"kv-len", "N|<=N|?", "Key length, likewise"};
  Flag dtype{"dtype", "f32|f16|bf16", "Storage type (default f32)"};
  Switch causal{"causal", "Hide keys after the query"};
  Flag window{"window", "L,R", "Hide keys outside of distances -L to R; a side may be 'inf'"};
  Flag prefix{"prefix", "N", "Causal except that the first N positions are visible to all"};
  Switch segments{"segments", "Hide keys of other segments (operands query_segment, key_segment)"};
  Switch keyRanges{"key-ranges", "Keys exist in a range per batch (operands key_begin, key_end)"};
  Flag positions{"positions", "aligned|run-time", "Run-time: operands query_offset and key_offset (default aligned)"};
  Switch sink{"sink", "A logit per head that joins the denominator (operand sink)"};
  Switch lse{"lse", "Write the log-sum-exp (default)"};
  Switch noLse{"no-lse", "Do not write the log-sum-exp"};
  Switch keyNorms{"key-norms", "Take norms of the keys from the caller's cache (operand key_norms)"};
  Switch skip{"skip", "Skip keys that a falling bias has made negligible (default)"};
  Switch noSkip{"no-skip", "Compute every visible key"};
  Flag scale{"scale", "X", scaleDescription.c_str()};
  Flag softcap{"softcap", "C", "C * tanh(score / C)"};
  Flag order{"order", "LIST", "Order of scale, softcap and bias; needed where softcap meets a bias"};
  Flag headOffset{"head-offset", "N", "First head of this shard"};
  Switch listModels{"list-models", "Print the model presets and what they are", /*ofKernel=*/false};
  Flag spec{"spec", "FILE", "Kernels and families of a YAML or JSON file (tools/camber-compile/README.md)",
            /*ofKernel=*/false};
  Flag name{"name", "NAME", "Name of the kernel and the bundle", /*ofKernel=*/false};
  Flag target{"target", "LIST", "Comma-separated targets (default native)", /*ofKernel=*/false};
  Flag schedules{"schedules", "FILE", "Table of tiles and schedules that comes before the built-in one",
                 /*ofKernel=*/false};
  Flag jobs{"jobs", "N", "Kernels compiled at once (default: one per processor)", /*ofKernel=*/false};
  Flag cache{"cache", "DIR", "Where compiled kernels are kept (default: $CAMBER_CACHE, or camber in the user's cache)",
             /*ofKernel=*/false};
  Switch noCache{"no-cache", "Compile every kernel, and keep none", /*ofKernel=*/false};
  Flag timings{"timings", "FILE", "Write how long each kernel took, as JSON", /*ofKernel=*/false};
  Switch unchecked{"unchecked", "Accept score bodies that no reference can verify", /*ofKernel=*/false};
};

/// Constructed by registerKernelFlags: options register themselves.
Flags &flags() {
  static Flags all;
  return all;
}
std::vector<const cl::Option *> kernelOptions() {
  std::vector<const cl::Option *> options(Flag::kernelFlags().begin(), Flag::kernelFlags().end());
  llvm::append_range(options, Switch::kernelSwitches());
  return options;
}
Error failure(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

/// Flags over what is in `spec` already: defaults or a preset, whose switches may be turned off (--causal=false).
Error applyFlags(KernelSpec &spec) {
  Flags &f = flags();
  for (Flag *flag : Flag::kernelFlags())
    if (flag->given() && isField(flag->ArgStr))
      if (Error error = setField(spec, flag->ArgStr, flag->getValue()))
        return error;
  for (Switch *flag : Switch::kernelSwitches())
    if (flag->given() && isField(flag->ArgStr))
      if (Error error = setField(spec, flag->ArgStr, flag->getValue() ? "true" : "false"))
        return error;
  for (const cl::Option *flag : kernelOptions())
    if (flag->getNumOccurrences())
      if (Error error = checkEffect(spec, flag->ArgStr))
        return error;
  if (f.lse.given() && f.noLse.given())
    return failure("--lse and --no-lse exclude each other");
  if (f.skip.given() && f.noSkip.given())
    return failure("--skip and --no-skip exclude each other");
  if (f.noLse.given())
    spec.lse = !f.noLse;
  if (f.noSkip.given())
    spec.skip = !f.noSkip;
  return Error::success();
}

Error readSpec(Invocation &invocation) {
  Flags &f = flags();
  KernelSpec spec;
  if (f.model.given()) {
    if (Error error = applyPreset(f.model, spec))
      return error;
    spec.name = f.model;
    std::replace(spec.name.begin(), spec.name.end(), '-', '_');
  } else {
    for (const Flag *flag : {&f.heads, &f.headDim})
      if (!flag->given())
        return failure("--" + flag->ArgStr + " is needed (or a .mlir file, --spec=FILE or --model=NAME)");
  }
  // Where a preset has as many kv heads as heads, so has its variant with another number of heads.
  bool sameHeads = spec.kvHeads == spec.heads;
  if (Error error = applyFlags(spec))
    return error;
  if (sameHeads && !f.kvHeads.given())
    spec.kvHeads = spec.heads;
  if (f.name.given())
    spec.name = f.name;
  if (Error error = validateSpec(spec))
    return error;
  if (spec.name.empty())
    spec.name = spec.defaultName();
  invocation.name = spec.name;
  invocation.source.specs.push_back(std::move(spec));
  return Error::success();
}

/// The text of a file that says all of its kernels.
Expected<std::string> readText(const std::string &path) {
  for (const cl::Option *flag : kernelOptions())
    if (flag->getNumOccurrences())
      return failure("--" + flag->ArgStr + " describes a kernel and cannot be combined with the file '" + path + "'");
  if (sys::fs::is_directory(path))
    return failure("'" + path + "' is a directory" +
                   (sys::fs::exists(path + "/manifest.json") ? "; if it is a bundle, camber-check runs it" : ""));
  ErrorOr<std::unique_ptr<MemoryBuffer>> buffer = MemoryBuffer::getFileOrSTDIN(path);
  if (!buffer)
    return failure("cannot read '" + path + "': " + buffer.getError().message());
  return (*buffer)->getBuffer().str();
}

Error readSpecFile(Invocation &invocation, std::vector<std::string> &targets) {
  Flags &f = flags();
  Expected<std::string> text = readText(f.spec);
  if (!text)
    return text.takeError();
  Expected<SpecFile> file = parseSpecFile(f.spec == "-" ? "kernels" : f.spec.getValue(), *text);
  if (!file)
    return file.takeError();
  invocation.source.specs = std::move(file->kernels);
  invocation.source.families = std::move(file->families);
  invocation.name = f.name.given() ? f.name.getValue() : file->name;
  targets = std::move(file->targets);
  return Error::success();
}

Error readFile(Invocation &invocation) {
  Flags &f = flags();
  if (StringRef extension = sys::path::extension(f.input); is_contained({".yaml", ".yml", ".json"}, extension))
    return failure("'" + f.input + "' is no MLIR; if it describes kernels, give it as --spec=" + f.input);
  Expected<std::string> text = readText(f.input);
  if (!text)
    return text.takeError();
  invocation.source.file = f.input == "-" ? "<stdin>" : f.input.getValue();
  invocation.source.text = std::move(*text);
  std::string stem = f.input == "-" ? "kernels" : sys::path::stem(f.input).str();
  for (char &c : stem)
    if (!isAlnum(c) && c != '_' && c != '-')
      c = '_';
  invocation.name = f.name.given() ? f.name.getValue() : stem;
  return Error::success();
}

} // namespace

cl::OptionCategory &flagCategory() { return category; }

void registerKernelFlags() {
  cl::HideUnrelatedOptions(category); // makes LLVM register what it registers late
  SmallVector<cl::Option *> foreign;
  for (auto &entry : cl::getRegisteredOptions())
    if (!is_contained({"help", "help-hidden", "version"}, entry.first))
      foreign.push_back(entry.second);
  for (cl::Option *option : foreign)
    option->removeArgument();
  (void)flags();
}

/// LLVM takes options of one letter together, as in `tar -xf`: --hads=8 would be -h and whatever, print the help, and
/// succeed. Every other flag that does not exist is found by LLVM.
static bool refuseMisspeltHelp(int argc, const char *const *argv) {
  const auto &known = cl::getRegisteredOptions();
  for (StringRef argument : ArrayRef(argv, argc).drop_front()) {
    StringRef name = argument.split('=').first.ltrim('-');
    if (!argument.starts_with("-") || name.size() < 2 || name.front() != 'h' || known.contains(name))
      continue;
    StringRef nearest = "help";
    for (const auto &option : known)
      if (option.first.size() > 1 && name.edit_distance(option.first) < name.edit_distance(nearest))
        nearest = option.first;
    llvm::errs() << sys::path::filename(argv[0]) << ": Unknown command line argument '" << argument
                 << "'. Did you mean '--" << nearest << "'?\n";
    return true;
  }
  return false;
}

/// LLVM takes the last of several values, and so hides a contradiction. Flags that may be repeated say so.
static const cl::Option *findRepeated() {
  for (const auto &option : cl::getRegisteredOptions())
    if (option.second->getNumOccurrences() > 1 && option.second->getNumOccurrencesFlag() == cl::Optional)
      return option.second;
  return nullptr;
}

bool parseCommandLine(int argc, const char *const *argv, const char *overview, int &exitCode) {
  cl::SetVersionPrinter([](raw_ostream &out) { out << "Camber " << CAMBER_VERSION << "\n"; });
  exitCode = 2;
  if (refuseMisspeltHelp(argc, argv))
    return false;
  if (const std::string renamed = findRenamedFlag(argc, argv); !renamed.empty()) {
    (void)reportError(failure(renamed));
    return false;
  }
  std::string errors;
  raw_string_ostream stream(errors);
  if (cl::ParseCommandLineOptions(argc, argv, overview, &stream)) {
    if (const cl::Option *repeated = findRepeated()) {
      (void)reportError(
          failure(Twine(repeated->ArgStr.size() == 1 ? "-" : "--") + repeated->ArgStr + " is given more than once"));
      return false;
    }
    if (!flags().listModels)
      return true;
    for (const Preset &preset : getPresets())
      llvm::outs() << left_justify(preset.name, 20) << preset.summary << "\n";
    exitCode = 0;
    return false;
  }
  // LLVM writes "TOOL: Unknown command line argument …"; the rest is fine.
  llvm::errs() << StringRef(errors).rtrim() << "\n";
  return false;
}

/// The cache that is asked for; else the one of the environment, where "off" asks for none; else the user's, if there
/// is a place for it.
static std::optional<KernelCache> chooseCache(std::string directory) {
  if (directory.empty())
    directory = sys::Process::GetEnv("CAMBER_CACHE").value_or("");
  if (directory == "off")
    return std::nullopt;
  SmallString<128> user;
  if (directory.empty() && sys::path::cache_directory(user)) {
    sys::path::append(user, "camber");
    directory = user.str();
  }
  return directory.empty() ? std::nullopt : std::optional(KernelCache(directory));
}

Expected<Invocation> readKernelFlags() {
  Flags &f = flags();
  Invocation invocation;
  std::vector<std::string> fileTargets;
  if (f.spec.given() && f.input.getNumOccurrences())
    return failure("--spec and the file '" + f.input + "' exclude each other");
  if (Error error = f.spec.given()                ? readSpecFile(invocation, fileTargets)
                    : f.input.getNumOccurrences() ? readFile(invocation)
                                                  : readSpec(invocation))
    return error;
  if (Error error = bundle::validateBundleName(invocation.name))
    return error;
  Expected<std::vector<TargetDesc>> targets = lookupTargets(f.target.given()      ? f.target.getValue()
                                                            : fileTargets.empty() ? std::string("native")
                                                                                  : join(fileTargets, ","));
  if (!targets)
    return targets.takeError();
  invocation.compile.targets = std::move(*targets);
  invocation.compile.unchecked = f.unchecked;
  invocation.compile.diagnostics = [](StringRef text) { llvm::errs() << text; };
  invocation.compile.schedules = f.schedules;
  if (f.cache.given() && f.noCache)
    return failure("--cache and --no-cache exclude each other");
  if (!f.noCache)
    invocation.compile.cache = chooseCache(f.cache);
  invocation.timings = f.timings;
  if (f.jobs.given()) {
    Expected<int64_t> jobs = parseInteger(f.jobs.ArgStr, f.jobs);
    if (!jobs)
      return jobs.takeError();
    if (*jobs < 1 || *jobs > 1024)
      return failure("--jobs=" + f.jobs + ": takes a number from 1 to 1024");
    invocation.compile.threads = static_cast<unsigned>(*jobs);
  }
  return invocation;
}

Error writeText(StringRef path, StringRef text) {
  std::error_code code;
  ToolOutputFile file(path.empty() ? "-" : path, code, sys::fs::OF_None);
  if (!code) {
    file.os() << text;
    file.os().flush();
    code = file.os().error();
    file.os().clear_error(); // otherwise the stream's destructor ends the process
  }
  if (code)
    return createStringError(code, "cannot write " + (path.empty() ? Twine("to standard output") : "'" + path + "'") +
                                       ": " + code.message());
  file.keep();
  return Error::success();
}

Error compileBundle(const Invocation &invocation, const std::string &directory, bool overwrite) {
  CompileOptions options = invocation.compile;
  json::Array timings;
  options.progress = [&](const CompileProgress &p) {
    llvm::errs() << formatv("[{0}/{1}] {2} for {3}{4} ({5})\n", p.done, p.total, p.kernel, p.target,
                            p.failed ? ": failed" : "", p.reused ? "reused" : formatv("{0:F2} s", p.seconds).str());
    timings.push_back(
        json::Object{{"kernel", p.kernel}, {"target", p.target}, {"seconds", p.seconds}, {"reused", p.reused}});
  };
  options.warning = [](StringRef text) { llvm::errs() << "warning: " << text << "\n"; };
  if (Error error = compileBundle(invocation.source, options, {invocation.name, directory, overwrite}))
    return error;
  if (invocation.timings.empty())
    return Error::success();
  return writeText(invocation.timings, formatv("{0:2}\n", json::Value(std::move(timings))).str());
}

int reportError(Error error) {
  std::string text = toString(std::move(error));
  for (StringRef rest = text; !rest.empty();) {
    StringRef line;
    std::tie(line, rest) = rest.split('\n');
    // Diagnostics come with "error:" or show source lines; everything else is one message of Camber's own.
    bool bare = text.find("error: ") == std::string::npos;
    llvm::errs() << (bare ? "error: " : "") << line << "\n";
  }
  return 2;
}

} // namespace camber::tools
