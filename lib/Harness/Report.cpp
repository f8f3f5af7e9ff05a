// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The tables and the JSON of camber-check; tools/camber-check/README.md describes them.
#include "Report.h"
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace camber::harness {
namespace {

using Json = nlohmann::ordered_json;

template <typename T> Json orNull(const std::optional<T> &value) { return value ? Json(*value) : Json(nullptr); }

double gigaflops(const BenchReport &bench) { return bench.flops / bench.seconds.median * 1e-9; }
double gigabytesPerSecond(const BenchReport &bench) { return bench.bytes / bench.seconds.median * 1e-9; }

Json baselineJson(const BaselineReport &baseline, const std::string &name) {
  return {{"name", name},
          {"library", baseline.library},
          {"bias", baseline.bias},
          {"block_rows", baseline.blockRows},
          {"max_abs_error", orNull(baseline.maxError)},
          {"seconds_median", baseline.seconds.median},
          {"seconds_min", baseline.seconds.min},
          {"seconds_quartiles", {baseline.seconds.lowerQuartile, baseline.seconds.upperQuartile}},
          {"seconds", baseline.samples.seconds},
          {"share_of_peak", baseline.shareOfPeak},
          {"time_ratio", baseline.timeRatio}};
}

/// The members of `bench` in `json`; null where nothing was timed.
void addBench(Json &json, const BenchReport *bench, const CheckOptions &options) {
  auto add = [&](const char *key, auto value) { json[key] = bench ? Json(value(*bench)) : Json(nullptr); };
  using B = const BenchReport &;
  add("threads", [](B b) { return b.threads; });
  add("clock", [](B b) { return clockName(b.clock); });
  add("seconds_median", [](B b) { return b.seconds.median; });
  add("seconds_min", [](B b) { return b.seconds.min; });
  add("seconds_quartiles", [](B b) { return std::vector<double>{b.seconds.lowerQuartile, b.seconds.upperQuartile}; });
  add("spread", [](B b) { return b.seconds.spread(); });
  add("seconds", [](B b) { return b.samples.seconds; });
  add("flops", [](B b) { return b.flops; });
  add("gflops", gigaflops);
  add("fma_loop", [](B b) { return b.fmaLoop.empty() ? Json(nullptr) : Json(b.fmaLoop); });
  add("peak_gflops", [](B b) { return median(b.samples.peaks) * 1e-9; });
  add("share_of_peak", [](B b) { return orNull(b.shareOfPeak); });
  add("bytes_moved", [](B b) { return b.bytes; });
  add("gbytes_per_second", gigabytesPerSecond);
  add("stream_gbytes_per_second", [](B b) { return median(b.samples.streams) * 1e-9; });
  add("share_of_stream", [](B b) { return b.shareOfStream; });
  json["baseline"] = bench && bench->baseline ? baselineJson(*bench->baseline, *options.baseline) : Json(nullptr);
  json["relative_to"] = orNull(options.relativeTo);
  add("relative_time", [](B b) { return orNull(b.relativeTime); });
}

struct Column {
  const char *title;
  std::function<std::string(const BenchReport &)> cell;
};

std::string percent(double share) { return fmt::format("{:.0f}%", share * 100); }

std::string milliseconds(double seconds) {
  const double ms = seconds * 1e3;
  return fmt::format("{:.{}f}", ms, ms >= 1000 ? 0 : ms >= 100 ? 1 : ms >= 10 ? 2 : 3);
}

/// "33.6M", with three digits.
std::string withUnit(double number) {
  const char *units[] = {"", "k", "M", "G", "T"};
  size_t unit = 0;
  while (number >= 999.5 && unit + 1 < std::size(units))
    number /= 1000, ++unit;
  return fmt::format("{:.3g}{}", number, units[unit]);
}

std::vector<Column> benchColumns(const CheckOptions &options) {
  using B = const BenchReport &;
  std::vector<Column> columns = {
      {"kernel", [](B b) { return b.kernel->kernel; }},
      {"min ms", [](B b) { return milliseconds(b.seconds.min); }},
      {"median", [](B b) { return milliseconds(b.seconds.median); }},
      {"spread", [](B b) { return fmt::format("{:.1f}%", b.seconds.spread() * 100); }},
      {"GFLOP/s", [](B b) { return fmt::format("{:.1f}", gigaflops(b)); }},
      {"peak", [](B b) { return b.shareOfPeak ? percent(*b.shareOfPeak) : std::string("-"); }},
      {"bytes", [](B b) { return withUnit(b.bytes); }},
      {"GB/s", [](B b) { return fmt::format("{:.2f}", gigabytesPerSecond(b)); }},
      {"stream", [](B b) { return percent(b.shareOfStream); }},
      {"tiles", [](B b) { return fmt::format("{}/{}", b.tilesVisited, b.tilesTotal); }},
      {"object", [](B b) { return withUnit(double(b.kernel->objectBytes)); }}};
  if (options.baseline)
    columns.push_back({options.baseline->c_str(), [](B b) {
                         return b.baseline ? fmt::format("{:.2f}x", b.baseline->timeRatio) : std::string("-");
                       }});
  if (options.relativeTo)
    columns.push_back(
        {"relative", [](B b) { return b.relativeTime ? fmt::format("{:.3f}", *b.relativeTime) : std::string("-"); }});
  return columns;
}

/// What is the same for, or measured beside, the kernels of a table.
std::string heading(const std::vector<BenchReport> &reports, size_t begin, size_t end, const CheckOptions &options) {
  const BenchReport &first = reports[begin];
  const Sizes &sizes = first.kernel->sizes;
  std::string text = fmt::format("batch {}, q_len {}, kv_len {}; {} thread{}, {} time; {} rounds, cold", sizes.batch,
                                 sizes.qLen, sizes.kvLen, first.threads, first.threads == 1 ? "" : "s",
                                 clockName(first.clock), first.samples.seconds.size());
  std::vector<std::string> loops;
  for (size_t i = begin; i < end; ++i)
    if (const std::string &loop = reports[i].fmaLoop;
        !loop.empty() && std::find(loops.begin(), loops.end(), loop) == loops.end()) {
      loops.push_back(loop);
      text += fmt::format("; peak {:.1f} GFLOP/s ({})", median(reports[i].samples.peaks) * 1e-9, loop);
    }
  text += fmt::format("; stream {:.1f} GB/s", median(first.samples.streams) * 1e-9);
  if (options.relativeTo)
    text += "; relative to " + *options.relativeTo;
  return text + "\n";
}

} // namespace

std::string jsonLine(const KernelReport &report, const BenchReport *bench, const CheckOptions &options) {
  Json json;
  json["kernel"] = report.kernel;
  json["device"] = options.device;
  json["target"] = report.target;
  json["batch"] = report.sizes.batch;
  json["q_len"] = report.sizes.qLen;
  json["kv_len"] = report.sizes.kvLen;
  json["passed"] = report.outcome == "passed";
  json["outcome"] = report.outcome;
  json["inputs"] = report.inputSet;
  json["max_abs_error"] = orNull(report.maxError);
  json["tolerance"] = orNull(report.errorTolerance);
  json["lse_error"] = orNull(report.lseError);
  json["rows_checked"] = report.rowsChecked;
  json["rows_total"] = report.rowsTotal;
  addBench(json, bench, options);
  json["tiles_visited"] = bench ? Json(bench->tilesVisited) : orNull(report.tilesVisited);
  json["tiles_total"] = bench ? Json(bench->tilesTotal) : orNull(report.tilesTotal);
  json["object_bytes"] = report.objectBytes;
  json["messages"] = report.messages;
  json["notes"] = report.notes;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string checkTable(const std::vector<KernelReport> &reports) {
  auto number = [](const std::optional<double> &value) {
    return value ? fmt::format("{:.2e}", *value) : std::string("-");
  };
  size_t width = 6;
  for (const KernelReport &report : reports)
    width = std::max(width, report.kernel.size());
  std::string text = fmt::format("{:<{}}  {:<10}  {:>9}  {:>9}  {:>9}  {:>17}\n", "kernel", width, "result",
                                 "max error", "tolerance", "lse error", "rows");
  for (const KernelReport &r : reports)
    text += fmt::format("{:<{}}  {:<10}  {:>9}  {:>9}  {:>9}  {:>17}\n", r.kernel, width, r.outcome, number(r.maxError),
                        number(r.errorTolerance), number(r.lseError), fmt::format("{}/{}", r.rowsChecked, r.rowsTotal));
  return text;
}

std::string benchTables(const std::vector<BenchReport> &reports, const CheckOptions &options) {
  const std::vector<Column> columns = benchColumns(options);
  std::vector<size_t> widths;
  for (const Column &column : columns) {
    widths.push_back(std::string_view(column.title).size());
    for (const BenchReport &report : reports)
      widths.back() = std::max(widths.back(), column.cell(report).size());
  }
  auto line = [&](const std::function<std::string(const Column &)> &cell) {
    std::string text;
    for (size_t c = 0; c < columns.size(); ++c)
      text += c == 0 ? fmt::format("{:<{}}", cell(columns[c]), widths[c])
                     : fmt::format("  {:>{}}", cell(columns[c]), widths[c]);
    return text + "\n";
  };
  std::string text;
  for (size_t begin = 0, end; begin < reports.size(); begin = end) {
    auto inTable = [&](const BenchReport &report) {
      const Sizes &a = report.kernel->sizes, &b = reports[begin].kernel->sizes;
      return report.threads == reports[begin].threads && a.batch == b.batch && a.qLen == b.qLen && a.kvLen == b.kvLen;
    };
    end = begin;
    while (end < reports.size() && inTable(reports[end]))
      ++end;
    text += (text.empty() ? "" : "\n") + heading(reports, begin, end, options);
    text += line([](const Column &column) { return column.title; });
    for (size_t i = begin; i < end; ++i)
      text += line([&](const Column &column) { return column.cell(reports[i]); });
  }
  return text;
}

} // namespace camber::harness
