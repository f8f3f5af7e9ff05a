// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A file for each set of inputs, called by a hash of what its results depend on: the bytes of an Expected, member by
// member.
#include "KeptReference.h"
#include "camber/Runtime/Manifest.h"
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <type_traits>
#include <unistd.h>

namespace camber::harness {
namespace {

class Writer {
public:
  template <typename T> void member(const T &value) {
    static_assert(std::is_trivially_copyable_v<T>, "write its members");
    bytes.append(reinterpret_cast<const char *>(&value), sizeof value);
  }
  void member(const std::string &text) { list(text); }
  void member(const std::vector<bool> &list) {
    member(list.size());
    for (const bool value : list)
      member(value);
  }
  void member(const Doubt &doubt) {
    member(doubt.kind);
    member(doubt.text);
  }
  template <typename T> void member(const std::vector<T> &values) { list(values); }

  std::string bytes;

private:
  template <typename List> void list(const List &values) {
    member(values.size());
    for (const auto &value : values)
      member(value);
  }
};

class Reader {
public:
  explicit Reader(std::string_view bytes) : bytes(bytes) {}

  template <typename T> void member(T &value) {
    static_assert(std::is_trivially_copyable_v<T>, "read its members");
    failed |= bytes.size() < sizeof value;
    if (failed)
      return;
    std::memcpy(&value, bytes.data(), sizeof value);
    bytes.remove_prefix(sizeof value);
  }
  void member(std::string &text) { list(text); }
  void member(std::vector<bool> &values) {
    for (size_t left = count(); left; --left) {
      bool value = false;
      member(value);
      values.push_back(value);
    }
  }
  void member(Doubt &doubt) {
    member(doubt.kind);
    member(doubt.text);
  }
  template <typename T> void member(std::vector<T> &values) { list(values); }

  bool isComplete() const { return !failed && bytes.empty(); }

private:
  /// The length of a list, each of whose elements has a byte at least.
  size_t count() {
    size_t size = 0;
    member(size);
    failed |= size > bytes.size();
    return failed ? 0 : size;
  }
  template <typename List> void list(List &values) {
    values.resize(count());
    for (auto &value : values)
      member(value);
  }

  std::string_view bytes;
  bool failed = false;
};

/// Calls `archive` with every member. The bindings do not compile when a member is added, which then belongs here.
template <typename Archive, typename Value> void eachMember(Archive &archive, Value &expected) {
  auto &[rows, exact, outputTolerance, lseUnfusedError, lseApproximation, valueNotFinite, finiteOutput,
         valuesStayHidden, nanRows, branchRows, overflowRows, overflow, doubts, notes] = expected;
  auto &[o, lse, maxScore, outputDeviation, lseDeviation] = exact;
  auto members = [&](auto &...values) { (archive.member(values), ...); };
  members(rows, o, lse, maxScore, outputDeviation, lseDeviation, outputTolerance, lseUnfusedError, lseApproximation,
          valueNotFinite, finiteOutput, valuesStayHidden, nanRows, branchRows, overflowRows, overflow, doubts, notes);
}

/// All that the results depend on, but for the program that computes them.
std::string fileName(const Problem &problem, const Inputs &inputs, const std::vector<Row> &rows,
                     std::optional<InputSet> set) {
  Writer key;
  key.member(problem.kernel->fingerprint);
  key.member(problem.sizes);
  key.member(problem.truncatedSums);
  key.member(rows);
  key.member(set ? static_cast<int>(*set) : -1);
  for (const auto &[name, tensor] : inputs) {
    key.member(name);
    key.member(tensor.element);
    key.member(tensor.shape);
    key.member(tensor.bytes.size());
    key.bytes.append(tensor.bytes.begin(), tensor.bytes.end());
  }
  return fmt::format("{:016x}-{}.reference", hashBytes(key.bytes), set ? inputSetName(*set) : "user");
}

/// In one step, as another process may look for the file, or write it, too.
Status writeWhole(const std::string &path, const std::string &bytes) {
  const std::string temporary = fmt::format("{}.{}", path, getpid());
  std::ofstream file(temporary, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code code;
  if (file)
    std::filesystem::rename(temporary, path, code);
  if (file && !code)
    return Done{};
  std::remove(temporary.c_str());
  return Failure{
      fmt::format("{}: cannot be written: {}; name another directory with --keep-reference, or leave it away", path,
                  code ? code.message() : std::strerror(errno))};
}

} // namespace

Result<Expected> keptResults(const std::string &directory, const Problem &problem, const Inputs &inputs,
                             std::vector<Row> rows, std::optional<InputSet> set, int threads) {
  const std::string path = directory + "/" + fileName(problem, inputs, rows, set);
  std::error_code code;
  if (std::filesystem::exists(path, code)) {
    Result<std::string> bytes = readBytes(path);
    if (!bytes)
      return Failure{bytes.error()};
    Expected expected;
    Reader reader(*bytes);
    eachMember(reader, expected);
    if (!reader.isComplete() || expected.rows.size() != rows.size())
      return Failure{fmt::format(
          "{}: holds no results of this program's reference (--keep-reference); delete the directory", path)};
    return expected;
  }
  Result<Expected> expected = expectedResults(problem, std::move(rows), set, threads);
  if (!expected)
    return expected;
  std::filesystem::create_directories(directory, code);
  Writer writer;
  eachMember(writer, *expected);
  if (Status status = writeWhole(path, writer.bytes); !status)
    return Failure{status.error()};
  return expected;
}

} // namespace camber::harness
