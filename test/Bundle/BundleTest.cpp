// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Whole bundles of toy kernels: called through the shared library, compiled against with cc, read back.
#include "camber/Runtime/Bundle.h"
#include "ToyKernel.h"
#include "camber/Bundle/Linker.h"
#include "camber/Bundle/Transaction.h"
#include "llvm/Object/Archive.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <thread>

using namespace camber;
using namespace camber::bundle;
using namespace camber::test;

namespace {

/// A directory of the test's own.
class BundleTest : public ::testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("camber-bundle-test", directory)); }
  void TearDown() override { llvm::sys::fs::remove_directories(directory); }
  std::string path(const std::string &name) const { return directory.str().str() + "/" + name; }
  std::string read(const std::string &name) const {
    auto buffer = llvm::MemoryBuffer::getFile(path(name));
    EXPECT_TRUE(!!buffer) << name;
    return buffer ? (*buffer)->getBuffer().str() : std::string();
  }
  void write(const std::string &name, const std::string &text) const { std::ofstream(path(name)) << text; }
  void makeBundle(const std::vector<CompiledKernel> &kernels) const {
    EXPECT_EQ(messageOf(writeBundle({"toy", path("out"), true}, kernels)), "");
  }
  llvm::SmallString<128> directory;
};

struct Library {
  void *handle;
  explicit Library(const std::string &path) : handle(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    EXPECT_TRUE(handle) << dlerror();
  }
  ~Library() {
    if (handle)
      dlclose(handle);
  }
  template <typename T> T symbol(const char *name) const { return reinterpret_cast<T>(dlsym(handle, name)); }
};

} // namespace

#if defined(__x86_64__)
TEST_F(BundleTest, SharedLibraryRunsTheWidestTarget) {
  makeBundle({toyCompiled("first", {"x86-64-v3", "x86-64-v4"}), toyCompiled("second", {"x86-64-v3"}),
              toyCompiled("third", {"x86-64-v4"})});
  Library library(path("out/lib/libtoy.so"));
  bool v3 = hostCanRun(target("x86-64-v3")), v4 = hostCanRun(target("x86-64-v4"));
  camber_plan plan = {};
  auto callPlan = [&](const char *name) { return library.symbol<camber_plan_fn>(name)(nullptr, 1, &plan); };
  // The toy's status is 100 plus the index of its target.
  for (int repeat = 0; repeat < 2; ++repeat) {
    EXPECT_EQ(callPlan("first_plan"), v4 ? 101 : v3 ? 100 : CAMBER_ERROR_CPU);
    EXPECT_EQ(callPlan("second_plan"), v3 ? 100 : CAMBER_ERROR_CPU);
    EXPECT_EQ(callPlan("third_plan"), v4 ? 100 : CAMBER_ERROR_CPU);
  }
  if (v3) {
    EXPECT_EQ(plan.tasks[1], 7);
    int64_t stored = 0;
    struct {
      camber_args_header header;
      camber_tensor q;
    } args = {{}, {&stored, {}}};
    auto run = library.symbol<camber_run_fn>("second_run");
    EXPECT_EQ(run(&args, &plan, 1, 2, 5, nullptr, nullptr), 0);
    EXPECT_EQ(stored, 5);
  }
  EXPECT_EQ(*library.symbol<const uint64_t *>("first_fingerprint"), toySignature("first").fingerprint());
  EXPECT_NE(*library.symbol<const uint64_t *>("first_fingerprint"),
            *library.symbol<const uint64_t *>("second_fingerprint"));
  // A target's own functions and the cached detection are nobody else's business.
  EXPECT_EQ(dlsym(library.handle, "first__x86_64_v3_plan"), nullptr);
  EXPECT_EQ(dlsym(library.handle, "camber_targets"), nullptr);
}

TEST_F(BundleTest, FirstCallMayComeFromManyThreads) {
  makeBundle({toyCompiled("first", {"x86-64-v3"})});
  Library library(path("out/lib/libtoy.so"));
  auto plan = library.symbol<camber_plan_fn>("first_plan");
  std::vector<std::thread> threads;
  std::vector<int> results(8);
  for (size_t i = 0; i < results.size(); ++i)
    threads.emplace_back([&, i] {
      camber_plan mine = {};
      results[i] = plan(nullptr, 1, &mine);
    });
  for (std::thread &thread : threads)
    thread.join();
  for (int result : results)
    EXPECT_EQ(result, hostCanRun(target("x86-64-v3")) ? 100 : CAMBER_ERROR_CPU);
}
#endif

TEST_F(BundleTest, AnotherArchitectureMakesABundleToo) {
  makeBundle({toyCompiled("first", {"aarch64"})});
  EXPECT_NE(read("out/manifest.json").find("\"architecture\": \"aarch64\""), std::string::npos);
  std::string library = read("out/lib/libtoy.so");
  ASSERT_GT(library.size(), 20u);
  EXPECT_EQ(static_cast<unsigned char>(library[18]), 183u); // e_machine: EM_AARCH64
}

TEST_F(BundleTest, StaticLibraryListsItsSymbols) {
  makeBundle({toyCompiled("first", {"x86-64-v3", "x86-64-v4"})});
  std::string bytes = read("out/lib/libtoy.a");
  auto archive = llvm::cantFail(llvm::object::Archive::create(llvm::MemoryBufferRef(bytes, "libtoy.a")));
  std::vector<std::string> symbols, members;
  for (const auto &symbol : archive->symbols())
    symbols.push_back(symbol.getName().str());
  EXPECT_NE(std::find(symbols.begin(), symbols.end(), "first_plan"), symbols.end());
  EXPECT_NE(std::find(symbols.begin(), symbols.end(), "first__x86_64_v4_run"), symbols.end());
  llvm::Error error = llvm::Error::success();
  for (const auto &child : archive->children(error))
    members.push_back(llvm::cantFail(child.getName()).str());
  ASSERT_FALSE(!!error);
  EXPECT_EQ(members, (std::vector<std::string>{"dispatch.o", "first.x86-64-v3.o", "first.x86-64-v4.o"}));
}

TEST_F(BundleTest, SameInputGivesTheSameBytes) {
  std::vector<CompiledKernel> kernels = {toyCompiled("first", {"x86-64-v3"})};
  makeBundle(kernels);
  std::string archive = read("out/lib/libtoy.a"), library = read("out/lib/libtoy.so"),
              manifest = read("out/manifest.json");
  makeBundle({toyCompiled("first", {"x86-64-v3"})});
  EXPECT_EQ(archive, read("out/lib/libtoy.a"));
  EXPECT_EQ(library, read("out/lib/libtoy.so"));
  EXPECT_EQ(manifest, read("out/manifest.json"));
}

KernelOperand keyNorms() {
  return {"norms",
          "key_norms",
          "f32",
          {OperandDim::runtime("batch"), OperandDim::fixed(2), OperandDim::runtime("key_blocks")}};
}

TEST_F(BundleTest, HeaderSaysWhatCallersHaveToPass) {
  CompiledKernel kernel = toyCompiled("first", {"x86-64-v3"});
  kernel.signature.operands.push_back(keyNorms());
  makeBundle({kernel});
  const std::string header = read("out/include/toy.h");
  for (const char *line :
       {"camber_tensor q;      /* f32 [batch, 4, q_len, 64]: query */", "camber_tensor factor; /* f32 []: parameter */",
        "camber_tensor lse;    /* f32 [batch, 4, q_len], written: lse */",
        "camber_tensor norms;  /* f32 [batch, 2, key_blocks = ceil(kv_len / 64)]: for every 64 keys at least sqrt("})
    EXPECT_NE(header.find(line), std::string::npos) << header;
}

#if defined(__x86_64__)
TEST_F(BundleTest, HeaderCompilesWithoutWarningsAndLinksStatically) {
  if (std::system("cc --version > /dev/null 2>&1") != 0)
    GTEST_SKIP() << "no C compiler here";
  CompiledKernel second = toyCompiled("second", {"x86-64-v3"});
  second.signature.operands.push_back(keyNorms());
  makeBundle({toyCompiled("first", {"x86-64-v3"}), second});
  write("use.c", "#include \"toy.h\"\n#include <string.h>\n"
                 "int main(void) {\n"
                 "  first_args args = first_ARGS_INIT;\n"
                 "  second_args other;\n"
                 "  camber_plan plan;\n"
                 "  memset(&plan, 0, sizeof plan);\n  second_args_init(&other, 3, 5, 65);\n"
                 "  if (other.header.batch != 3 || other.header.struct_size != sizeof(other)) return 1;\n"
                 "  if (other.q.strides[0] != 4 * 5 * 64 || other.q.strides[1] != 5 * 64) return 2;\n"
                 "  if (other.q.strides[2] != 64 || other.q.strides[3] != 1 || other.lse.strides[2] != 1) return 3;\n"
                 "  if (other.k.strides[1] != 65 * 64 || other.slopes.strides[0] != 1) return 4;\n"
                 "  if (other.norms.strides[0] != 2 * 2 || other.norms.strides[1] != 2) return 5; /* blocks */\n"
                 "  if (first_fingerprint == second_fingerprint) return 6;\n"
                 "  return first_plan(&args, 1, &plan) == 100 ? 0 : 7;\n"
                 "}\n");
  std::string flags = " -Wall -Wextra -Werror -pedantic -I" + path("out/include") + " " + path("use.c") + " ";
  for (const char *compiler : {"cc -std=c11", "c++ -x c++ -std=c++17"}) {
    ASSERT_EQ(std::system((compiler + flags + "-x none " + path("out/lib/libtoy.a") + " -o " + path("use")).c_str()),
              0);
    int status = std::system(path("use").c_str());
    EXPECT_TRUE(status == 0 || !hostCanRun(target("x86-64-v3"))) << compiler << ": " << status;
  }
}
#endif

TEST_F(BundleTest, ManifestHoldsTheSignatureAndTheHashes) {
  makeBundle({toyCompiled("first", {"x86-64-v4", "x86-64-v3"})});
  std::string text = read("out/manifest.json");
  llvm::json::Value manifest = llvm::cantFail(llvm::json::parse(text));
  const llvm::json::Object &root = *manifest.getAsObject();
  EXPECT_EQ(root.getInteger("manifest_version"), 1);
  EXPECT_EQ(root.getInteger("abi_version"), static_cast<int64_t>(CAMBER_ABI_VERSION));
  EXPECT_EQ(root.getString("architecture"), llvm::StringRef("x86_64"));

  std::string checksum = root.getString("checksum")->str();
  text.replace(text.find(checksum), 16, std::string(16, '0'));
  EXPECT_EQ(checksum, hexDigest(text));
  EXPECT_EQ(checksum.size(), 16u);

  ASSERT_EQ(root.getArray("files")->size(), 9u);
  for (const llvm::json::Value &value : *root.getArray("files")) {
    const llvm::json::Object &file = *value.getAsObject();
    std::string bytes = read("out/" + file.getString("path")->str());
    EXPECT_EQ(file.getInteger("bytes"), static_cast<int64_t>(bytes.size()));
    EXPECT_EQ(file.getString("xxh3")->str(), hexDigest(bytes));
  }

  const llvm::json::Object &kernel = *(*root.getArray("kernels"))[0].getAsObject();
  llvm::json::Object signature = toySignature("first").toJSON();
  for (auto &member : signature)
    EXPECT_EQ(*kernel.get(member.first), member.second) << member.first.str();
  EXPECT_EQ(kernel.getString("fingerprint")->size(), 16u);
  const llvm::json::Object &second = *(*kernel.getArray("targets"))[1].getAsObject();
  EXPECT_EQ(second.getString("name"), llvm::StringRef("x86-64-v3"));
}

TEST_F(BundleTest, TheReaderReadsWhatTheWriterWrote) {
  KernelSignature signature = toySignature("first");
  signature.headOffset = 3;
  signature.offsetPositions = true;
  for (const char *name : {"query_offset", "key_offset"})
    signature.operands.push_back({name, name, "i32", {OperandDim::runtime("batch")}});
  signature.masks.push_back(llvm::json::Object{{"kind", "attn.window"}, {"left", 256}});
  signature.checkable = false;
  CompiledKernel kernel = toyCompiled("first", {"x86-64-v3"});
  kernel.signature = signature;
  makeBundle({kernel});

  auto manifest = readManifest(path("out"));
  ASSERT_TRUE(!!manifest) << manifest.error();
  EXPECT_TRUE(!!checkFiles(*manifest, path("out")));
  EXPECT_EQ(manifest->bundle, "toy");
  ASSERT_EQ(manifest->kernels.size(), 1u);
  const Kernel &read = manifest->kernels.front();
  EXPECT_EQ(read.fingerprint, signature.fingerprint());
  EXPECT_EQ(read.heads, 4);
  EXPECT_EQ(read.kvHeads, 2);
  EXPECT_EQ(read.headDim, 64);
  EXPECT_EQ(read.headOffset, 3);
  EXPECT_TRUE(read.offsetPositions);
  EXPECT_FALSE(read.checkable);
  EXPECT_EQ(read.qLen.kind, Length::Static);
  EXPECT_EQ(read.kvLen.kind, Length::Bounded);
  EXPECT_EQ(read.kvLen.value, 4096);
  ASSERT_EQ(read.operands.size(), signature.operands.size());
  EXPECT_EQ(read.find(Role::Output)->shape({3, 5, 6}), (std::vector<int64_t>{3, 4, 5, 64}));
  EXPECT_EQ(read.find("factor")->dims.size(), 0u);
  EXPECT_EQ(integerAttribute(read.masks[1].attrs, "left"), 256);
  EXPECT_EQ(read.scores.front().op, "attn.scale");
  EXPECT_EQ(realAttribute(read.scores.front().attrs, "factor"), 0.125);
  EXPECT_EQ(read.targets.front().schedule, "a schedule");
  EXPECT_EQ(manifestChecksum(this->read("out/manifest.json")),
            std::stoull(llvm::cantFail(llvm::json::parse(this->read("out/manifest.json")))
                            .getAsObject()
                            ->getString("checksum")
                            ->str(),
                        nullptr, 16));

#if defined(__x86_64__)
  auto opened = Bundle::open(path("out"));
  ASSERT_TRUE(!!opened) << opened.error();
  camber_plan plan = {};
  EXPECT_EQ(opened->entry(0).plan(nullptr, 1, &plan), hostCanRun(target("x86-64-v3")) ? 100 : CAMBER_ERROR_CPU);
#endif
}

TEST_F(BundleTest, InvalidSignaturesAreRefused) {
  auto refusal = [&](const std::function<void(CompiledKernel &)> &edit) {
    CompiledKernel kernel = toyCompiled("first", {"x86-64-v3"});
    edit(kernel);
    std::string message = messageOf(writeBundle({"toy", path("out"), false}, {kernel}));
    EXPECT_FALSE(llvm::sys::fs::exists(path("out")));
    return message;
  };
  // Keywords of any C and C++, and macros of the headers that a bundle's header includes.
  for (const char *name : {"requires", "char8_t", "INT64_MAX", "UINT8_C", "CAMBER_OK"}) {
    std::string message = refusal([&](auto &k) { k.signature.operands[3].name = name; });
    EXPECT_NE(message.find(std::string("'") + name + "' cannot be a member"), std::string::npos) << message;
  }
  EXPECT_NE(refusal([](auto &k) { k.signature.operands[3].name = "double"; }).find("'double' cannot be a member"),
            std::string::npos);
  EXPECT_NE(refusal([](auto &k) { k.signature.operands[3].name = "q"; }).find("two operands are named 'q'"),
            std::string::npos);
  EXPECT_NE(
      refusal([](auto &k) { k.signature.operands[0].role = "parameter"; }).find("0 operands have the role 'query'"),
      std::string::npos);
  EXPECT_NE(refusal([](auto &k) { k.signature.name = "camber_x"; }).find("clash"), std::string::npos);
  EXPECT_NE(refusal([](auto &k) { k.signature.heads = 3; }).find("multiple"), std::string::npos);
  EXPECT_NE(refusal([](auto &k) { k.signature.name = "other"; }).find("does not define 'other__x86_64_v3_plan'"),
            std::string::npos);
  EXPECT_NE(refusal([](auto &k) { k.targets.clear(); }).find("has no target"), std::string::npos);
  CompiledKernel onDevice = toyCompiled("second", {"x86-64-v3"});
  onDevice.targets.front().target.device = true;
  EXPECT_EQ(messageOf(writeBundle({"toy", path("out"), false}, {toyCompiled("first", {"x86-64-v3"}), onDevice})),
            "kernels 'first' and 'second' differ: one has code for processors, the other for devices only");
  EXPECT_EQ(messageOf(writeBundle({"a/b", path("out"), false}, {toyCompiled("first", {"x86-64-v3"})})),
            "'a/b' cannot name a bundle: letters, digits, '_', '-' and '.' only, a letter or digit first");
}

TEST(Checksum, IsTheXXH3OfLibxxhash) {
  // From XXH3_64bits of libxxhash 0.8.1, which the reader uses, for a length of each of its code paths.
  const std::pair<size_t, const char *> expected[] = {
      {0, "2d06800538d394c2"},   {3, "5c83885a0fb5d516"},   {8, "96cc97a6768fd7a9"},   {16, "913bd4a8038027a7"},
      {100, "4199c7faddcdfc05"}, {200, "13b36bf3c3e84217"}, {500, "031b9c61dc6b919a"}, {5000, "376e16247690767c"}};
  for (const auto &[length, digest] : expected) {
    std::string bytes(length, 0);
    for (size_t i = 0; i < length; ++i)
      bytes[i] = static_cast<char>((i * 7 + 1) % 251);
    EXPECT_EQ(hexDigest(bytes), digest) << length;
    EXPECT_EQ(hashBytes(bytes), std::stoull(digest, nullptr, 16)) << length;
  }
}
