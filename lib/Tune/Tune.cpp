// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Tuning: coordinate descent over what the target offers as alternatives to the best schedule so far.
#include "camber/Tune/Tune.h"
#include "camber/Bundle/Dispatch.h"
#include "camber/Bundle/TemporaryDirectory.h"
#include "camber/Harness/InputSets.h"
#include "camber/Harness/Rounds.h"
#include "camber/Harness/Statistics.h"
#include "camber/Runtime/runtime.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace camber;

static Error failure(const Twine &message) { return createStringError(inconvertibleErrorCode(), message); }

static std::string print(mlir::Attribute attribute) {
  std::string text;
  raw_string_ostream(text) << attribute;
  return text;
}

namespace {

class Tuner {
public:
  Tuner(const KernelSource &source, const TuneOptions &options, const TuneMeasure &measure, const Target &target,
        bundle::TemporaryDirectory &directory)
      : source(source), options(options), measure(measure), target(target), directory(directory),
        compileOptions(options.compile) {
    if (!measure)
      this->measure = [this](ArrayRef<TuneVariant> variants) { return runInterleaved(variants); };
    compileOptions.progress = nullptr; // trials are what progresses
    compileOptions.cache.reset();      // they are not made again
    mlir::DialectRegistry registry;
    target.registerDialects(registry);
    registry.insert<tile::TileDialect>();
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    // What is no attribute has been reported already, by the compiler.
    context.getDiagEngine().registerHandler([](mlir::Diagnostic &) { return mlir::success(); });
  }

  Expected<TuneResult> run();

private:
  Expected<ScheduleChoice> currentChoice();
  Expected<TuneVariant> compile(const ScheduleChoice &choice);
  void setSizes(const Kernel &kernel);
  Expected<std::vector<std::vector<double>>> runInterleaved(ArrayRef<TuneVariant> variants);
  /// Measures `variants`, the first of which is the best so far. Returns the index of the new best.
  Expected<size_t> compare(ArrayRef<TuneVariant> variants, int step, TuneResult &result);
  void record(Trial trial, TuneResult &result) {
    if (options.progress)
      options.progress(trial);
    result.trials.push_back(std::move(trial));
  }
  void describe(const ScheduleChoice &choice, TuneResult &result);

  const KernelSource &source;
  const TuneOptions &options;
  TuneMeasure measure;
  const Target &target;
  bundle::TemporaryDirectory &directory;
  CompileOptions compileOptions;
  mlir::MLIRContext context;
  tile::GeometryAttr geometry; ///< of the kernel as the tables have it now
  int64_t group = 1, storageBits = 0;
  Sizes sizes;
  std::unique_ptr<harness::PlainCall> call;
  harness::StreamBuffer stream;
  ThreadPool driver{1};
  size_t compiled = 0;
};

} // namespace

Expected<TuneVariant> Tuner::compile(const ScheduleChoice &choice) {
  ScheduleTable table;
  ScheduleEntry tiles, schedule; // without conditions: for this kernel, whatever it is
  tiles.attribute = print(choice.tiles);
  schedule.attribute = print(choice.schedule);
  table.tiles.push_back(tiles);
  table.schedules.push_back(schedule);
  CompileOptions withTable = compileOptions;
  withTable.schedules = directory.file("schedules.json");
  if (Error error = writeToOutput(withTable.schedules, [&](raw_ostream &out) {
        table.print(out);
        return Error::success();
      }))
    return error;
  std::string path = directory.file("bundle" + Twine(compiled++));
  if (Error error = compileBundle(source, withTable, {"tune", path, false}))
    return error;
  Result<Bundle> opened = Bundle::open(path);
  if (!opened)
    return failure(opened.error());
  return TuneVariant{choice, std::make_shared<Bundle>(std::move(*opened))};
}

/// What the tables choose now, from what the compiler says it used.
Expected<ScheduleChoice> Tuner::currentChoice() {
  Expected<std::vector<CompiledKernel>> kernels = compileKernels(source, compileOptions);
  if (!kernels)
    return kernels.takeError();
  if (kernels->size() != 1)
    return failure("tuning takes one kernel, there are " + Twine(kernels->size()));
  Expected<DescribedSchedule> described = readSchedule(kernels->front().targets.front().schedule, context);
  if (!described)
    return described.takeError();
  geometry = described->geometry;
  group = geometry.getHeads() / geometry.getKvHeads();
  return described->choice;
}

void Tuner::setSizes(const Kernel &kernel) {
  constexpr int64_t usual = 2048;
  auto length = [](const Length &l) { return l.kind == Length::Dynamic ? usual : l.value; };
  sizes.batch = 1;
  sizes.qLen = length(kernel.qLen);
  sizes.kvLen = length(kernel.kvLen);
  harness::Inputs inputs = harness::generateInputs(kernel, sizes, harness::InputSet::Normal, /*seed=*/1, /*threads=*/1);
  if (kernel.find(Role::KeyNorms))
    harness::updateKeyNorms(kernel, sizes, inputs);
  call = std::make_unique<harness::PlainCall>(kernel, sizes, inputs);
}

Expected<std::vector<std::vector<double>>> Tuner::runInterleaved(ArrayRef<TuneVariant> variants) {
  std::vector<harness::Candidate> candidates;
  for (const TuneVariant &variant : variants)
    candidates.push_back({[&]() -> Status {
                            camber_status status = call->run(variant.bundle->entry(0), driver);
                            if (status != CAMBER_OK)
                              return Failure{camber_status_message(status)};
                            return Done{};
                          },
                          {},
                          1});
  harness::RoundLimits limits;
  limits.seconds = options.seconds;
  Result<std::vector<harness::Samples>> samples =
      harness::runInterleaved(candidates, stream, limits, harness::Clock::Processor);
  if (!samples)
    return failure(samples.error());
  std::vector<std::vector<double>> seconds;
  for (harness::Samples &ofOne : *samples)
    seconds.push_back(std::move(ofOne.seconds));
  return seconds;
}

Expected<size_t> Tuner::compare(ArrayRef<TuneVariant> variants, int step, TuneResult &result) {
  Expected<std::vector<std::vector<double>>> all = measure(variants);
  if (!all)
    return all.takeError();
  size_t best = 0;
  double bestRatio = 1 - options.minScale;
  for (auto [i, variant] : enumerate(variants)) {
    const std::vector<double> &seconds = (*all)[i];
    Trial trial{step,
                print(variant.choice.tiles),
                print(variant.choice.schedule),
                harness::median(seconds),
                harness::medianRatio(seconds, all->front()),
                {}};
    if (i && trial.ratio < bestRatio) {
      best = i;
      bestRatio = trial.ratio;
    }
    if (i || step == 0)
      record(std::move(trial), result);
  }
  if (best)
    result.ratio *= bestRatio;
  return best;
}

/// The entries' conditions: this target, head dim, storage and number of heads that share keys; as many rows as lead to
/// blocks like these.
void Tuner::describe(const ScheduleChoice &choice, TuneResult &result) {
  ScheduleEntry entry;
  entry.target = target.getName().str();
  auto exactly = [](int64_t x) { return ScheduleEntry::Range{x, x}; };
  entry.headDim = exactly(geometry.getHeadDim());
  entry.group = exactly(group);
  entry.storageBits = exactly(storageBits);
  result.tiles = result.schedule = entry;
  int64_t rows = sizes.qLen * (geometry.getPacked() ? group : 1);
  if (rows <= geometry.getRows())
    result.tiles.rows = {1, geometry.getRows()};
  else
    result.tiles.rows.min = geometry.getRows() + 1;
  result.tiles.attribute = print(choice.tiles);
  result.schedule.rows = exactly(choice.tiles.getRows());
  result.schedule.attribute = print(choice.schedule);
}

Expected<TuneResult> Tuner::run() {
  Expected<ScheduleChoice> current = currentChoice();
  if (!current)
    return current.takeError();
  Expected<TuneVariant> first = compile(*current);
  if (!first)
    return first.takeError();
  const Kernel &kernel = first->bundle->manifest().kernels.front();
  setSizes(kernel);
  TuneResult result;
  result.kernel = kernel.name;
  result.target = target.getName().str();
  result.sizes = sizes;
  storageBits = 8 * static_cast<int64_t>(elementBytes(kernel.storage));

  TuneVariant best = *first;
  std::vector<ScheduleChoice> tried = {best.choice};
  auto isTried = [&](const ScheduleChoice &choice) { return is_contained(tried, choice); };
  for (int step = 0; step < options.maxSteps; ++step) {
    std::vector<TuneVariant> variants = {best};
    for (const ScheduleChoice &choice : target.getAlternatives(best.choice, group)) {
      if (isTried(choice))
        continue;
      tried.push_back(choice);
      Expected<TuneVariant> variant = compile(choice);
      if (variant)
        variants.push_back(std::move(*variant));
      else
        record({step, print(choice.tiles), print(choice.schedule), 0, 0, toString(variant.takeError())}, result);
    }
    if (variants.size() == 1 && step)
      break;
    Expected<size_t> fastest = compare(variants, step, result);
    if (!fastest)
      return fastest.takeError();
    if (*fastest == 0)
      break;
    best = variants[*fastest];
  }
  describe(best.choice, result);
  return result;
}

Expected<TuneResult> camber::tune(const KernelSource &source, const TuneOptions &options, const TuneMeasure &measure) {
  if (options.compile.targets.size() != 1)
    return failure("tuning takes one target, there are " + Twine(options.compile.targets.size()));
  const TargetDesc &desc = options.compile.targets.front();
  if (!hostCanRun(desc))
    return failure("this processor cannot run " + desc.name + ", and schedules are measured");
  const Target *target = findTarget(desc.base);
  if (!target)
    return failure("target '" + desc.name + "' has no kernels");
  Expected<bundle::TemporaryDirectory> directory = bundle::TemporaryDirectory::createForTemporaryFiles("camber-tune");
  if (!directory)
    return directory.takeError();
  return Tuner(source, options, measure, *target, *directory).run();
}

Error camber::writeSchedules(const std::string &path, const TuneResult &result) {
  ScheduleTable table;
  if (sys::fs::exists(path)) {
    Expected<ScheduleTable> old = ScheduleTable::read(path);
    if (!old)
      return old.takeError();
    table = std::move(*old);
  }
  putFirst(table.tiles, result.tiles);
  putFirst(table.schedules, result.schedule);
  return writeToOutput(path, [&](raw_ostream &out) {
    table.print(out);
    return Error::success();
  });
}
