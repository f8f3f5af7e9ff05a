// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// KernelCache: what is found again, what is not, and directories that are of no use. compileKernels with a cache.
#include "camber/Bundle/TemporaryDirectory.h"
#include "camber/Compiler/Compiler.h"
#include "camber/Target/Target.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

using namespace camber;

namespace {

class KernelCacheTest : public testing::Test {
protected:
  bundle::TemporaryDirectory temporary =
      llvm::cantFail(bundle::TemporaryDirectory::createForTemporaryFiles("camber-cache"));
  KernelCache cache{temporary.file("cache")};

  std::string fileOf(const std::string &key) { return cache.path() + "/llvmcache-" + key; }
  std::string read(const std::string &path) {
    return llvm::cantFail(llvm::errorOrToExpected(llvm::MemoryBuffer::getFile(path)))->getBuffer().str();
  }
  void write(const std::string &path, llvm::StringRef text) {
    std::error_code error;
    llvm::raw_fd_ostream(path, error) << text;
    ASSERT_FALSE(error) << path;
  }
};

TargetCode deviceCode() {
  TargetCode code;
  code.code = std::string("code\nwith lines and \0 in it", 26);
  code.cubin = "cubin";
  code.schedule = "#pipeline.schedule<\"…\">";
  code.launch = LaunchConfig{64, true, 128, 4096, 33};
  return code;
}

void expectSame(const TargetCode &a, const TargetCode &b) {
  EXPECT_EQ(a.code, b.code);
  EXPECT_EQ(a.cubin, b.cubin);
  EXPECT_EQ(a.schedule, b.schedule);
  ASSERT_EQ(a.launch.has_value(), b.launch.has_value());
  if (!a.launch)
    return;
  EXPECT_EQ(a.launch->rows, b.launch->rows);
  EXPECT_EQ(a.launch->packed, b.launch->packed);
  EXPECT_EQ(a.launch->threads, b.launch->threads);
  EXPECT_EQ(a.launch->sharedBytes, b.launch->sharedBytes);
  EXPECT_EQ(a.launch->prepareQLenMin, b.launch->prepareQLenMin);
}

KernelSource sourceOf(std::vector<std::string> names, int64_t heads = 2) {
  KernelSource source;
  for (const std::string &name : names) {
    KernelSpec &spec = source.specs.emplace_back();
    spec.name = name;
    spec.heads = spec.kvHeads = heads;
    spec.headDim = 32;
    spec.qLen = spec.kvLen = {LengthSpec::Static, 64};
  }
  return source;
}

} // namespace

TEST_F(KernelCacheTest, WhatIsStoredIsFound) {
  TargetCode device = deviceCode(), other = deviceCode(), host;
  other.launch->prepareQLenMin.reset();
  host.code = "\x7f"
              "ELF";
  host.schedule = "#cpu.rows_in_lanes<…>";
  EXPECT_FALSE(cache.find("a"));
  for (const auto &[key, code] : {std::pair("a", device), {"b", other}, {"c", host}})
    EXPECT_FALSE(llvm::errorToBool(cache.store(key, code)));
  for (const auto &[key, code] : {std::pair("a", device), {"b", other}, {"c", host}}) {
    std::optional<TargetCode> found = cache.find(key);
    ASSERT_TRUE(found) << key;
    expectSame(*found, code);
  }
  EXPECT_FALSE(cache.find("d"));
  cache.prune();
  EXPECT_TRUE(cache.find("a"));
}

TEST_F(KernelCacheTest, ADamagedFileIsAsGoodAsNone) {
  ASSERT_FALSE(llvm::errorToBool(cache.store("a", deviceCode())));
  const std::string text = read(fileOf("a"));
  for (size_t size = 0; size < text.size(); ++size) {
    write(fileOf("a"), llvm::StringRef(text).take_front(size));
    EXPECT_FALSE(cache.find("a")) << size;
  }
  for (size_t position = 0; position < text.size(); ++position) {
    std::string damaged = text;
    damaged[position] ^= 1;
    write(fileOf("a"), damaged);
    EXPECT_FALSE(cache.find("a")) << position;
  }
  // It makes room for a good one.
  ASSERT_FALSE(llvm::errorToBool(cache.store("a", deviceCode())));
  ASSERT_TRUE(cache.find("a"));
  expectSame(*cache.find("a"), deviceCode());
}

TEST_F(KernelCacheTest, AFolderThatCannotBeMadeIsAnError) {
  write(temporary.file("file"), "");
  KernelCache unusable(temporary.file("file") + "/cache");
  EXPECT_FALSE(unusable.find("a"));
  EXPECT_NE(llvm::toString(unusable.store("a", deviceCode())), "");
  unusable.prune();
}

TEST(KernelCache, EveryPartIsOfTheKey) {
  const std::string key = KernelCache::keyOf({"ab", "c"});
  EXPECT_EQ(key.size(), 40u);
  EXPECT_EQ(key, KernelCache::keyOf({"ab", "c"}));
  for (const std::vector<llvm::StringRef> &parts :
       {std::vector<llvm::StringRef>{"a", "bc"}, {"abc"}, {"ab", "c", ""}, {"c", "ab"}, {"ab", "C"}})
    EXPECT_NE(key, KernelCache::keyOf(parts));
}

TEST_F(KernelCacheTest, KernelsThatHaveNotChangedAreReused) {
  CompileOptions options;
  options.targets = llvm::cantFail(lookupTargets("x86-64-v3,sm_80"));
  options.cubins = false;
  std::vector<std::string> compiled;
  options.progress = [&](const CompileProgress &progress) {
    EXPECT_FALSE(progress.failed);
    if (!progress.reused)
      compiled.push_back(progress.kernel + " " + progress.target);
  };
  auto compile = [&](const KernelSource &source) {
    compiled.clear();
    return llvm::cantFail(compileKernels(source, options));
  };
  auto without = compile(sourceOf({"k"}));
  EXPECT_EQ(compiled.size(), 2u);
  options.cache = cache;
  compile(sourceOf({"k"}));
  EXPECT_EQ(compiled.size(), 2u);
  auto with = compile(sourceOf({"k"}));
  EXPECT_TRUE(compiled.empty());
  for (size_t target : {0, 1}) {
    expectSame(with[0].targets[target], without[0].targets[target]);
    EXPECT_EQ(with[0].targets[target].target.name, options.targets[target].name);
  }
  EXPECT_EQ(with[0].signature.fingerprint(), without[0].signature.fingerprint());

  // One more kernel, another kernel of that name, another target, another table of schedules.
  options.targets.pop_back();
  compile(sourceOf({"k", "l"}));
  EXPECT_EQ(compiled, std::vector<std::string>{"l x86-64-v3"});
  compile(sourceOf({"k"}, /*heads=*/4));
  EXPECT_EQ(compiled, std::vector<std::string>{"k x86-64-v3"});
  options.targets = llvm::cantFail(lookupTargets("x86-64-v3,x86-64-v4"));
  compile(sourceOf({"k"}));
  EXPECT_EQ(compiled, std::vector<std::string>{"k x86-64-v4"});
  options.schedules = temporary.file("table");
  write(options.schedules, R"({"tiles": []})");
  compile(sourceOf({"k"}));
  EXPECT_EQ(compiled.size(), 2u);
  compile(sourceOf({"k"}));
  EXPECT_TRUE(compiled.empty());
  write(options.schedules, R"({"tiles": [ ]})");
  compile(sourceOf({"k"}));
  EXPECT_EQ(compiled.size(), 2u);
}

TEST_F(KernelCacheTest, KernelsAreCompiledWithoutAUsableCache) {
  write(temporary.file("file"), "");
  CompileOptions options;
  options.targets = llvm::cantFail(lookupTargets("x86-64-v3"));
  options.cache = KernelCache(temporary.file("file") + "/cache");
  std::vector<std::string> warnings;
  options.warning = [&](llvm::StringRef text) { warnings.push_back(text.str()); };
  auto kernels = llvm::cantFail(compileKernels(sourceOf({"k", "l"}), options));
  EXPECT_FALSE(kernels[1].targets[0].code.empty());
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("kernels are not kept in '" + options.cache->path() + "': "), std::string::npos);
}
