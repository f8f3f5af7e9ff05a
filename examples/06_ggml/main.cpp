// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Runs attention by ggml and by kernels of the bundle, both in graphs of ggml on its threads; compares both with
// float64, and measures both.
#include "ggml-alloc.h"
#include "ggml-cpu.h"
#include "layer.h"
#include "options.h"
#include "reference.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

enum { kManyThreads = 64 };
enum { kLayers = 3 }; // in a graph, so that ggml's allocator gives the workspace of one to the next

const std::vector<Case> cases = {
    {"T5 encoder, 512 tokens", Bias::T5Bidirectional, GGML_TYPE_F32, 12, 64, 512, {512}, 512, 512},
    {"T5 decoder, 64 tokens after 400", Bias::T5Causal, GGML_TYPE_F32, 12, 64, 64, {464}, 512, 1024},
    {"T5 decoder, 1 token after 463", Bias::T5Causal, GGML_TYPE_F32, 12, 64, 1, {464}, 512, 1024},
    {"ALiBi, 512 tokens", Bias::Alibi, GGML_TYPE_F32, 16, 64, 512, {512}, 512, 4096},
    {"ALiBi, 1 token after 1999", Bias::Alibi, GGML_TYPE_F32, 16, 64, 1, {2000}, 2048, 4096},
    {"ALiBi, 1 token after 3999", Bias::Alibi, GGML_TYPE_F32, 16, 64, 1, {4000}, 4096, 4096},
    {"ALiBi, 512 tokens, f16 cache", Bias::Alibi, GGML_TYPE_F16, 16, 64, 512, {512}, 512, 4096},
    {"ALiBi, 1 token after 1999, f16 cache", Bias::Alibi, GGML_TYPE_F16, 16, 64, 1, {2000}, 2048, 4096},
    {"ALiBi, 1 token each of 4 sequences, f16 cache",
     Bias::Alibi,
     GGML_TYPE_F16,
     16,
     64,
     1,
     {3, 500, 1200, 2000},
     2048,
     4096},
};

struct FreeBackend {
  void operator()(ggml_backend_t backend) const { ggml_backend_free(backend); }
};
using Backend = std::unique_ptr<ggml_backend, FreeBackend>;

struct FreeAllocator {
  void operator()(ggml_gallocr_t allocator) const { ggml_gallocr_free(allocator); }
};

/// A graph of kLayers attentions on the same inputs, allocated.
class Graph {
public:
  Graph(ggml_backend_t backend, const std::function<ggml_tensor *(ggml_context *)> &attention)
      : backend(backend), allocator(ggml_gallocr_new(ggml_backend_get_default_buffer_type(backend))) {
    const size_t nodes = kLayers * 32;
    context.reset(ggml_init({nodes * ggml_tensor_overhead() + ggml_graph_overhead(), nullptr, /*no_alloc=*/true}));
    graph = ggml_new_graph(context.get());
    for (ggml_tensor *&output : outputs) {
      output = attention(context.get());
      ggml_set_output(output);
      ggml_build_forward_expand(graph, output);
    }
    if (!ggml_gallocr_alloc_graph(allocator.get(), graph))
      throw std::runtime_error("no memory for a graph");
  }

  void run() {
    if (ggml_backend_graph_compute(backend, graph) != GGML_STATUS_SUCCESS)
      throw std::runtime_error("ggml could not compute a graph");
  }

  /// The largest difference from `wanted`, over all layers; infinite where an output is not finite.
  double error(const std::vector<double> &wanted) const {
    double largest = 0;
    std::vector<float> numbers(wanted.size());
    for (const ggml_tensor *output : outputs) {
      ggml_backend_tensor_get(output, numbers.data(), 0, numbers.size() * sizeof(float));
      for (size_t i = 0; i < numbers.size(); ++i) {
        const double difference = std::abs(numbers[i] - wanted[i]);
        largest = std::max(largest, std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity());
      }
    }
    return largest;
  }

private:
  ggml_backend_t backend;
  std::unique_ptr<ggml_gallocr, FreeAllocator> allocator;
  std::unique_ptr<ggml_context, FreeContext> context;
  ggml_cgraph *graph = nullptr;
  ggml_tensor *outputs[kLayers];
};

/// float32 arithmetic moves a score s by about 2^-24 |s|, a weight exp(s) by as large a part of it, and the output by
/// that part of the values. A smaller storage type rounds the output besides.
double toleranceOf(const Case &wanted, const Reference &reference) {
  const double computed = 0x1p-24 * (1 + reference.largestScore) * reference.largestValue;
  return computed + (wanted.storage == GGML_TYPE_F16 ? 0x1p-11 * reference.largestOutput : 0);
}

double median(std::vector<double> numbers) {
  std::nth_element(numbers.begin(), numbers.begin() + numbers.size() / 2, numbers.end());
  return numbers[numbers.size() / 2];
}

/// Milliseconds for one layer of each graph: medians, the graphs interleaved, so that all of them see the same of what
/// else the machine does.
std::vector<double> timeGraphs(const std::vector<Graph *> &graphs, int rounds) {
  std::vector<std::vector<double>> times(graphs.size());
  for (int round = -1; round < rounds; ++round) // the first only warms up
    for (size_t i = 0; i < graphs.size(); ++i) {
      const auto start = std::chrono::steady_clock::now();
      graphs[i]->run();
      const std::chrono::duration<double, std::milli> duration = std::chrono::steady_clock::now() - start;
      if (round >= 0)
        times[i].push_back(duration.count() / kLayers);
    }
  std::vector<double> medians;
  for (std::vector<double> &ofGraph : times)
    medians.push_back(median(std::move(ofGraph)));
  return medians;
}

/// Compares, and appends a row of the table of times. Returns whether the kernel passed.
bool runCase(const Case &wanted, const Options &options, ggml_backend_t backend, std::string &times) {
  const LayerData data(wanted);
  const Reference reference = computeReference(wanted, data);
  const double tolerance = toleranceOf(wanted, reference);
  Layer layer(wanted, data, backend);
  Graph ggml(backend, [&](ggml_context *ctx) { return layer.byGgml(ctx, BiasMatrix::Made); });
  Graph kept(backend, [&](ggml_context *ctx) { return layer.byGgml(ctx, BiasMatrix::Kept); });
  double ggmlError = 0, camberError = 0;
  for (int threads : options.threads) {
    ggml_backend_cpu_set_n_threads(backend, threads);
    // A plan for more threads than heads splits keys; it is right for any number of threads.
    camber_ggml::calls calls, splitCalls;
    Graph camber(backend, [&](ggml_context *ctx) { return layer.byCamber(ctx, calls, threads); });
    Graph split(backend, [&](ggml_context *ctx) { return layer.byCamber(ctx, splitCalls, kManyThreads); });
    calls.check();
    splitCalls.check();

    ggml.run();
    ggmlError = std::max(ggmlError, ggml.error(reference.output));
    // ggml multiplies hidden values by zero. A kernel does not look at them.
    layer.fillUnused(std::numeric_limits<float>::quiet_NaN());
    for (Graph *graph : {&camber, &split, &camber}) { // a graph may run again
      graph->run();
      camberError = std::max(camberError, graph->error(reference.output));
    }
    layer.fillUnused(0);

    if (options.rounds > 0) {
      const std::vector<double> medians = timeGraphs({&ggml, &kept, &camber}, options.rounds);
      char row[256], keptText[32] = "";
      if (wanted.bias != Bias::Alibi)
        std::snprintf(keptText, sizeof keptText, "%.3f", medians[1]);
      std::snprintf(row, sizeof row, "| %s | %d | %.3f | %s | %.3f | %.2f |\n", wanted.name, threads, medians[0],
                    keptText, medians[2], medians[0] / medians[2]);
      times += row;
    }
  }
  const bool passed = camberError <= tolerance;
  std::printf("%-46s %9.1e %9.1e %9.1e  %s\n", wanted.name, ggmlError, camberError, tolerance,
              passed ? "passed" : "failed");
  return passed;
}

int run(const Options &options) {
  const Backend backend(ggml_backend_cpu_init());
  if (!backend)
    throw std::runtime_error("ggml has no CPU backend");
  std::printf("%-46s %9s %9s %9s\n", "largest error of", "ggml", "Camber", "tolerance");
  bool passed = true;
  int count = 0;
  std::string times;
  for (const Case &wanted : cases) {
    if (std::string(wanted.name).find(options.only) == std::string::npos)
      continue;
    passed &= runCase(wanted, options, backend.get(), times);
    count += 1;
  }
  if (count == 0)
    throw std::invalid_argument("--only=" + options.only + ": no case has this in its name");
  if (options.rounds > 0)
    std::printf("\n| ms per layer, medians of %d | threads | ggml | bias matrix kept | Camber | times as fast |\n"
                "|---|---|---|---|---|---|\n%s",
                options.rounds, times.c_str());
  return passed ? 0 : 1;
}

} // namespace

int main(int argc, char **argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ); // lines come in their order with those of stderr
  try {
    const Options options = parseOptions(argc, argv);
    if (options.help) {
      std::printf("%s", usage);
      return 0;
    }
    return run(options);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "attention: %s\n", error.what());
    return 2;
  }
}
