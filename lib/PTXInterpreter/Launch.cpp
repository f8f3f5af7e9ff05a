// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The library's interface: modules, kernels, launches.
#include "Machine.h"
#include "Parser.h"
#include "camber/Runtime/Threads.h"
#include <algorithm>
#include <cassert>
#include <ctime>
#include <fmt/format.h>
#include <new>

namespace camber::ptx {

Result<Module> Module::parse(const std::string &text) {
  Result<ModuleSyntax> parsed = parseModule(text);
  if (!parsed)
    return Failure{parsed.error()};
  Module module;
  module.syntax = std::make_shared<const ModuleSyntax>(std::move(*parsed));
  return module;
}

const std::string &Module::version() const { return syntax->version; }
const std::string &Module::target() const { return syntax->target; }

std::vector<std::string> Module::kernels() const {
  std::vector<std::string> names;
  for (const Function &function : syntax->functions)
    if (function.isKernel && function.hasBody)
      names.push_back(function.name);
  return names;
}

Result<Kernel> Module::kernel(const std::string &name) const {
  try {
    return Kernel(decodeKernel(syntax, name));
  } catch (const Error &error) {
    return Failure{error.message};
  }
}

std::vector<std::string> Module::unknownInstructions(const std::string &kernel) const {
  std::vector<std::string> messages;
  try {
    decodeKernel(syntax, kernel, &messages);
  } catch (const Error &error) {
    messages.push_back(error.message);
  }
  return messages;
}

const std::string &Kernel::name() const { return program->function->name; }
const std::vector<Parameter> &Kernel::parameters() const { return program->parameters; }
uint64_t Kernel::parameterBytes() const { return program->parameterBytes; }
uint64_t Kernel::staticSharedBytes() const { return program->staticSharedBytes - kSharedBase; }

static std::array<uint32_t, 3> dimensions(const Function &function, const char *directive, uint32_t missing) {
  std::array<uint32_t, 3> result = {0, 0, 0};
  const auto found = function.directives.find(directive);
  if (found == function.directives.end())
    return result;
  for (size_t i = 0; i < 3; ++i)
    result[i] = i < found->second.size() ? static_cast<uint32_t>(std::clamp<int64_t>(found->second[i], 0, UINT32_MAX))
                                         : missing;
  return result;
}

std::array<uint32_t, 3> Kernel::requiredBlock() const { return dimensions(*program->function, ".reqntid", 1); }
std::array<uint32_t, 3> Kernel::requiredCluster() const {
  return dimensions(*program->function, ".reqnctapercluster", 1);
}
uint32_t Kernel::maxThreads() const {
  const auto most = dimensions(*program->function, ".maxntid", 1);
  const uint64_t threads = uint64_t(most[0]) * most[1];
  return most[0] ? static_cast<uint32_t>(std::min<uint64_t>(threads, 1024) * std::min<uint64_t>(most[2], 1024)) : 1024;
}

void Arguments::set(size_t index, const void *value, size_t bytes) {
  assert(index < list.size());
  std::memcpy(data.data() + list[index].offset, value, std::min<size_t>(bytes, list[index].bytes));
}

/// Makes an allocation with the initial value of a module variable, unless an earlier launch has.
static void allocateGlobal(Launch &launch, const std::string &name) {
  const Variable &variable = *launch.program->module->findVariable(name);
  for (const auto &allocation : launch.memory->all())
    if (allocation->variable == &variable) {
      launch.globals[name] = allocation->address;
      return;
    }
  std::vector<uint8_t> contents = variable.contents;
  contents.resize(variable.bytes); // without an initialiser: zeros
  const uint64_t address =
      launch.memory->allocate(name, variable.bytes, variable.space == Space::Const ? Access::Read : Access::ReadWrite,
                              contents.data(), std::max<uint64_t>(variable.alignment, 1));
  launch.globals[name] = address;
  launch.memory->find(address)->variable = &variable;
  for (const Variable::Relocation &relocation : variable.relocations) {
    if (!launch.program->module->findVariable(relocation.symbol))
      continue; // a function: calls through pointers are refused
    if (!launch.globals.count(relocation.symbol))
      allocateGlobal(launch, relocation.symbol);
    const uint64_t target = launch.globals[relocation.symbol] + static_cast<uint64_t>(relocation.addend);
    std::memcpy(launch.memory->bytesAt(address + relocation.at), &target, sizeof(target));
  }
}

/// The shared memory that a block of a target can have, by the table of compute capabilities in the CUDA programming
/// guide.
static uint64_t maxSharedBytes(const std::string &target) {
  static const std::pair<const char *, uint64_t> kibibytes[] = {
      {"sm_70", 96},   {"sm_72", 96},   {"sm_75", 64},   {"sm_80", 163}, {"sm_86", 99},
      {"sm_87", 163},  {"sm_88", 99},   {"sm_89", 99},   {"sm_90", 227}, {"sm_100", 227},
      {"sm_101", 227}, {"sm_103", 227}, {"sm_110", 227}, {"sm_120", 99}, {"sm_121", 99}};
  // `sm_90a`, `sm_100f`: the same chips
  const std::string chip = target.substr(0, target.find_last_of("0123456789") + 1);
  for (const auto &[name, size] : kibibytes)
    if (chip == name)
      return size * 1024;
  return kMaxSharedBytes;
}

static std::string sharedProblem(const Kernel &kernel, const std::string &target, uint64_t dynamicBytes) {
  constexpr uint64_t maxStatic = 48 * 1024; // of any target
  const uint64_t staticBytes = kernel.staticSharedBytes(), most = maxSharedBytes(target);
  if (staticBytes > maxStatic)
    return fmt::format("'{}' has {} bytes of static shared memory; {} are the most, and more must be dynamic",
                       kernel.name(), staticBytes, maxStatic);
  if (dynamicBytes > most || staticBytes + dynamicBytes > most)
    return fmt::format("{} bytes of static and {} of dynamic shared memory; a block of {} has {} at most", staticBytes,
                       dynamicBytes, target, most);
  return "";
}

static std::string shapeProblem(const Kernel &kernel, const LaunchShape &shape, size_t parameterBytes) {
  // Three factors below 2^32 do not fit in 64 bits.
  const auto product = [](const std::array<uint32_t, 3> &sizes) {
    const uint64_t most = uint64_t(1) << 62, area = uint64_t(sizes[0]) * sizes[1];
    return sizes[2] && area > most / sizes[2] ? most : area * sizes[2];
  };
  const uint64_t threads = product(shape.block);
  const auto required = kernel.requiredBlock(), cluster = kernel.requiredCluster();
  if (!product(shape.grid) || !threads || !product(shape.cluster))
    return "the grid, the block and the cluster must not be empty";
  if (shape.grid[0] > INT32_MAX || shape.grid[1] > 65535 || shape.grid[2] > 65535)
    return fmt::format("a grid of {}x{}x{} blocks; 2147483647x65535x65535 are the most", shape.grid[0], shape.grid[1],
                       shape.grid[2]);
  if (threads > 1024)
    return fmt::format("a block of {} threads; 1024 are the most", threads);
  if (required[0] && required != shape.block)
    return fmt::format("'{}' requires blocks of {}x{}x{} threads", kernel.name(), required[0], required[1],
                       required[2]);
  if (threads > kernel.maxThreads())
    return fmt::format("'{}' allows {} threads a block, not {}", kernel.name(), kernel.maxThreads(), threads);
  if (cluster[0] && cluster != shape.cluster)
    return fmt::format("'{}' requires clusters of {}x{}x{} blocks", kernel.name(), cluster[0], cluster[1], cluster[2]);
  for (int axis = 0; axis < 3; ++axis)
    if (shape.grid[axis] % shape.cluster[axis])
      return "the grid must be a multiple of the cluster";
  if (product(shape.cluster) > 16)
    return "a cluster has at most 16 blocks";
  if (parameterBytes != kernel.parameterBytes())
    return fmt::format("'{}' takes {} bytes of parameters, not {}", kernel.name(), kernel.parameterBytes(),
                       parameterBytes);
  return "";
}

/// Clusters of a launch, each run by whichever thread comes first.
static void runGrid(Launch &launch) {
  const auto &grid = launch.shape.grid, &cluster = launch.shape.cluster;
  const std::array<uint32_t, 3> counts = {grid[0] / cluster[0], grid[1] / cluster[1], grid[2] / cluster[2]};
  const uint64_t total = uint64_t(counts[0]) * counts[1] * counts[2];
  std::atomic<uint64_t> next{0};
  runOnThreads(std::max(1, launch.options.threads), [&](int64_t thread) {
    Machine machine(launch, static_cast<uint64_t>(thread));
    for (uint64_t i = next++; i < total && launch.findings < launch.options.stopAfterFindings; i = next++) {
      const uint32_t x = static_cast<uint32_t>(i % counts[0]), y = static_cast<uint32_t>(i / counts[0] % counts[1]),
                     z = static_cast<uint32_t>(i / counts[0] / counts[1]);
      machine.runCluster({x * cluster[0], y * cluster[1], z * cluster[2]});
    }
    machine.finish();
  });
  launch.report.blocks = uint64_t(grid[0]) * grid[1] * grid[2];
}

/// "random:3" as the mode and the seed.
static std::string splitSeed(const std::string &text, uint64_t &seed) {
  const std::string mode = "random:";
  if (text.compare(0, mode.size(), mode) != 0 || text.size() == mode.size() ||
      text.find_first_not_of("0123456789", mode.size()) != std::string::npos)
    return text;
  seed = std::strtoull(text.c_str() + mode.size(), nullptr, 10);
  return "random";
}

Status setModes(LaunchOptions &options, const std::string &asyncText, const std::string &approxText) {
  const std::string async = splitSeed(asyncText, options.seed), approx = splitSeed(approxText, options.seed);
  if (async != "late" && async != "early" && async != "random")
    return Failure{"--async is late, early or random:SEED"};
  if (approx != "exact" && approx != "worst" && approx != "random")
    return Failure{"--approx is exact, worst or random:SEED"};
  options.async = async == "late" ? Async::Late : async == "early" ? Async::Early : Async::Random;
  options.approx = approx == "exact" ? Approx::Exact : approx == "worst" ? Approx::Worst : Approx::Random;
  return Done{};
}

static void reportUnwritten(Launch &launch) {
  for (const auto &allocation : launch.memory->all()) {
    if (allocation->access != Access::Output)
      continue;
    uint64_t missing = 0, first = 0;
    for (uint64_t i = 0; i < allocation->size; ++i)
      if (allocation->state[i] == Memory::Undefined) {
        first = missing++ ? first : i;
      }
    if (!missing)
      continue;
    Finding finding;
    finding.kind = Finding::Unwritten;
    finding.message =
        fmt::format("{} of {} bytes of '{}' were never written, or with undefined data; the first is byte {}", missing,
                    allocation->size, allocation->name, first);
    finding.line = -static_cast<int>(allocation->address >> 32); // one finding per allocation
    launch.add(finding);
  }
  for (Finding &finding : launch.report.findings)
    finding.line = std::max(finding.line, 0);
}

static void collectCounts(Launch &launch) {
  std::map<std::pair<int, const Statement *>, uint64_t> counts;
  for (size_t i = 0; i < launch.counts.size(); ++i) {
    const Statement *statement = launch.program->code[i].statement;
    counts[{statement->line, statement}] += launch.counts[i];
  }
  for (const auto &[key, executed] : counts)
    launch.report.instructions.push_back({key.first, key.second->text, executed});
}

/// Seconds: of the thread's processor where only that one runs, which others on the machine do not lengthen.
static double now(int threads) {
  timespec time;
  clock_gettime(threads > 1 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Result<Report> launch(const Kernel &kernel, const LaunchShape &shape, const std::vector<uint8_t> &parameters,
                      Memory &memory, const LaunchOptions &options) {
  for (const std::string &problem : {shapeProblem(kernel, shape, parameters.size()),
                                     sharedProblem(kernel, kernel.program->module->target, shape.dynamicSharedBytes)})
    if (!problem.empty())
      return Failure{problem};
  Launch launch;
  launch.program = kernel.program;
  launch.shape = shape;
  launch.options = options;
  if (options.checkRaces)
    launch.options.threads = 1;
  launch.parameters = parameters;
  launch.memory = &memory;
  launch.counts.resize(kernel.program->code.size());
  const double begin = now(launch.options.threads);
  try {
    for (const std::string &name : kernel.program->globals)
      if (!launch.globals.count(name))
        allocateGlobal(launch, name);
    runGrid(launch);
  } catch (const std::bad_alloc &) {
    return Failure{
        fmt::format("'{}' needs more memory than there is: its variables, or registers of a block", kernel.name())};
  }
  launch.report.seconds = now(launch.options.threads) - begin;
  if (options.checkUnwritten)
    reportUnwritten(launch);
  collectCounts(launch);
  return std::move(launch.report);
}

} // namespace camber::ptx
