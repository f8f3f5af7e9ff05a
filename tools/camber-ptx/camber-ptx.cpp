// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// camber-ptx: executes a kernel of a PTX file without a GPU and reports what is wrong with it.
// lib/PTXInterpreter/README.md.
#include "Operands.h"
#include "camber/PTXInterpreter/Mutate.h"
#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <new>

using namespace camber;
using namespace camber::ptx;

namespace {

enum Exit { kClean = 0, kFindings = 1, kBadInput = 2 };

struct Settings {
  std::string file, kernel, grid = "1", block = "32", cluster = "1", async = "late", approx = "exact";
  std::vector<std::string> operands;
  uint64_t shared = 0;
  size_t findings = 20;
  int threads = 1;
  bool list = false, noRaces = false, noUndefined = false, statistics = false, neverExecuted = false, mutants = false;
};

int refuse(const std::string &message) {
  std::fprintf(stderr, "camber-ptx: error: %s\n", message.c_str());
  return kBadInput;
}

/// The status of a run whose output has arrived; output that is lost is no success.
int flushed(int status) {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout))
    return status;
  return refuse(std::string("cannot write to standard output: ") + std::strerror(errno));
}

Status optionsFrom(const Settings &settings, LaunchOptions &options) {
  if (Status status = setModes(options, settings.async, settings.approx); !status)
    return status;
  options.checkRaces = !settings.noRaces;
  options.checkUndefined = !settings.noUndefined;
  options.maxFindings = settings.findings;
  options.threads = settings.threads;
  return Done{};
}

struct Outcome {
  Report report;
  std::vector<NpyArray> outputs;
  std::vector<std::string> paths;
};

Result<Outcome> execute(const Kernel &kernel, const Settings &settings, const LaunchShape &shape,
                        const LaunchOptions &options) {
  const std::vector<Parameter> &parameters = kernel.parameters();
  if (settings.operands.size() != parameters.size())
    return Failure{fmt::format("'{}' takes {} operands, {} are given", kernel.name(), parameters.size(),
                               settings.operands.size())};
  Memory memory;
  Arguments arguments(kernel);
  std::vector<Operand> operands;
  for (size_t i = 0; i < parameters.size(); ++i) {
    Result<Operand> operand = Operand::parse(settings.operands[i]);
    if (!operand)
      return Failure{operand.error()};
    operands.push_back(std::move(*operand));
    const Status bound = operands.back().bind(memory, arguments, i, parameters[i]);
    if (!bound)
      return Failure{bound.error()};
  }
  Result<Report> report = launch(kernel, shape, arguments.bytes(), memory, options);
  if (!report)
    return Failure{report.error()};
  Outcome outcome;
  outcome.report = std::move(*report);
  for (const Operand &operand : operands)
    if (operand.isOutput()) {
      outcome.outputs.push_back(operand.result(memory));
      outcome.paths.push_back(operand.path());
    }
  return outcome;
}

int listKernels(const Module &module) {
  std::printf("PTX %s for %s\n", module.version().c_str(), module.target().c_str());
  for (const std::string &name : module.kernels()) {
    const Result<Kernel> kernel = module.kernel(name);
    if (!kernel) {
      std::printf("%s\n", name.c_str());
      for (const std::string &message : module.unknownInstructions(name))
        std::printf("  %s\n", message.c_str());
      continue;
    }
    std::printf("%s: %llu bytes of static shared memory\n", name.c_str(),
                static_cast<unsigned long long>(kernel->staticSharedBytes()));
    for (const Parameter &parameter : kernel->parameters())
      std::printf("  .%s %s, %llu bytes\n", parameter.type.c_str(), parameter.name.c_str(),
                  static_cast<unsigned long long>(parameter.bytes));
  }
  return kClean;
}

int runMutants(const std::string &text, const std::string &kernel, const Settings &settings, const LaunchShape &shape,
               LaunchOptions options) {
  std::optional<std::vector<NpyArray>> expected;
  options.stopAfterFindings = 1; // one is enough
  const auto mutants = mutate(text, kernel, [&](const Kernel &mutant) -> std::optional<std::string> {
    const Result<Outcome> outcome = execute(mutant, settings, shape, options);
    if (!outcome)
      return outcome.error();
    if (!outcome->report.clean())
      return std::string(kindName(outcome->report.findings[0].kind)) + ": " +
             outcome->report.findings[0].message.substr(0, 100);
    if (!expected)
      expected = outcome->outputs;
    for (size_t i = 0; i < expected->size(); ++i)
      if ((*expected)[i].bytes != outcome->outputs[i].bytes)
        return "another result in " + outcome->paths[i];
    return std::nullopt;
  });
  if (!mutants)
    return refuse(mutants.error());
  size_t noticed = 0;
  for (const Mutant &mutant : *mutants) {
    noticed += mutant.noticed.has_value();
    std::printf("line %d without %s\n    %s\n", mutant.line, mutant.instruction.c_str(),
                mutant.noticed ? mutant.noticed->c_str() : "NOT NOTICED");
  }
  std::printf("%zu of %zu deletions were noticed\n", noticed, mutants->size());
  return noticed == mutants->size() ? kClean : kFindings;
}

int run(const Settings &settings) {
  const Result<std::string> text = readFile(settings.file);
  if (!text)
    return refuse(text.error());
  const Result<Module> module = Module::parse(*text);
  if (!module)
    return refuse(settings.file + ": " + module.error());
  if (settings.list)
    return listKernels(*module);
  const std::vector<std::string> names = module->kernels();
  if (settings.kernel.empty() && names.size() != 1)
    return refuse(fmt::format("{}: has {} kernels; --kernel says which", settings.file, names.size()));
  const std::string name = settings.kernel.empty() ? names[0] : settings.kernel;
  const Result<Kernel> kernel = module->kernel(name);
  if (!kernel)
    return refuse(settings.file + ": " + kernel.error());
  LaunchOptions options;
  const Status parsed = optionsFrom(settings, options);
  const auto grid = parseSizes(settings.grid), block = parseSizes(settings.block),
             cluster = parseSizes(settings.cluster);
  for (const auto *sizes : {&grid, &block, &cluster})
    if (!*sizes)
      return refuse(sizes->error());
  if (!parsed)
    return refuse(parsed.error());
  const LaunchShape shape{*grid, *block, *cluster, settings.shared};
  if (settings.mutants)
    return runMutants(*text, name, settings, shape, options);
  Result<Outcome> outcome = execute(*kernel, settings, shape, options);
  if (!outcome)
    return refuse(outcome.error());
  const Report &report = outcome->report;
  std::fputs(report.text().c_str(), stdout);
  if (settings.neverExecuted)
    for (const InstructionCount &instruction : report.neverExecuted())
      std::printf("never executed: line %d: %s\n", instruction.line, instruction.text.c_str());
  if (settings.statistics)
    for (const InstructionCount &instruction : report.instructions)
      std::printf("%10llu  line %d: %s\n", static_cast<unsigned long long>(instruction.executed), instruction.line,
                  instruction.text.c_str());
  for (size_t i = 0; i < outcome->outputs.size(); ++i) {
    const Status written = writeNpyFile(outcome->paths[i], outcome->outputs[i]);
    if (!written)
      return refuse(written.error());
  }
  std::printf("%s: %s; %.3g million thread instructions in %.3g s (%.3g million/s), %zu instructions never executed\n",
              name.c_str(), report.clean() ? "clean" : fmt::format("{} findings", report.findingsTotal).c_str(),
              static_cast<double>(report.threadInstructions) * 1e-6, report.seconds,
              static_cast<double>(report.threadInstructions) * 1e-6 / report.seconds, report.neverExecuted().size());
  return report.clean() ? kClean : kFindings;
}

} // namespace

int main(int argc, char **argv) {
  std::signal(SIGXFSZ, SIG_IGN); // a write beyond `ulimit -f` fails like one on a full disk
  CLI::App app{"Executes a kernel of a PTX file and reports what is wrong with it. Exit status: 0 nothing found, 1 "
               "findings, 2 bad input.",
               "camber-ptx"};
  Settings settings;
  app.add_option("file", settings.file, "PTX text")->required();
  app.add_option("operands", settings.operands,
                 "One per parameter: in:FILE.npy, out:FILE.npy=2x64:f4, inout:FILE.npy=RESULT.npy, scratch:BYTES, "
                 "u32:V (i32, u64, "
                 "i64, f32, f64), map:in:FILE.npy,box=64x16,swizzle=128 (or map:out:…; the box innermost first)");
  app.add_option("--kernel", settings.kernel, "Which, where the file has several");
  app.add_option("--grid", settings.grid, "Blocks, like 4,2,1");
  app.add_option("--block", settings.block, "Threads of a block, like 128,1,1");
  app.add_option("--cluster", settings.cluster, "Blocks of a cluster");
  app.add_option("--shared", settings.shared, "Bytes of dynamic shared memory");
  app.add_option("--async", settings.async,
                 "When asynchronous operations take effect: late (when waited for), early, random:SEED");
  app.add_option("--approx", settings.approx,
                 "What approximate instructions return: exact, worst (off by their bound), random:SEED");
  app.add_option("--findings", settings.findings, "How many are printed");
  app.add_option("--threads", settings.threads, "Run blocks on so many threads; only with --no-races");
  app.add_flag("--no-races", settings.noRaces, "Do not look for races");
  app.add_flag("--no-undefined", settings.noUndefined, "Do not report the use of undefined data");
  app.add_flag("--statistics", settings.statistics, "Print how often each instruction was executed");
  app.add_flag("--never-executed", settings.neverExecuted, "Print the instructions that were not");
  app.add_flag("--mutants", settings.mutants,
               "Delete each synchronising or asynchronous instruction in turn and tell whether that is noticed");
  app.add_flag("--list", settings.list, "Print the kernels, their parameters, and instructions that are not known");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp &) {
    std::fputs(app.help().c_str(), stdout);
    return flushed(kClean);
  } catch (const CLI::ParseError &error) {
    return refuse(error.what());
  }
  try {
    return flushed(run(settings));
  } catch (const std::bad_alloc &) {
    return refuse("there is not enough memory for the operands");
  }
}
