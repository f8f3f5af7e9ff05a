// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What a process leaves behind that is ended by a signal or by LLVM, at moments that the tools pass too quickly to be
// met.
#include "camber/Compiler/EarlyExit.h"
#include "camber/Bundle/TemporaryDirectory.h"
#include "camber/Bundle/Transaction.h"
#include "camber/Compiler/Compiler.h"
#include "camber/Target/Target.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <atomic>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <thread>
#include <unistd.h>

using namespace camber;
using namespace camber::bundle;

namespace {

/// Each test ends a child process, which may have ignored signals from a test runner in the background.
class EarlyExit : public ::testing::Test {
protected:
  void SetUp() override {
    const char *set = std::getenv("TMPDIR");
    before = set ? std::optional<std::string>(set) : std::nullopt;
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("camber-early-exit", directory));
    ::setenv("TMPDIR", directory.c_str(), 1);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
  }
  void TearDown() override {
    llvm::sys::fs::remove_directories(directory);
    before ? ::setenv("TMPDIR", before->c_str(), 1) : ::unsetenv("TMPDIR");
  }

  /// What is in the directory, one line.
  std::string entries() const {
    std::set<std::string> names;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator it(directory, code), end; it != end && !code; it.increment(code))
      names.insert(llvm::sys::path::filename(it->path()).str());
    return llvm::join(names, " ");
  }
  std::string output() const { return (directory + "/out").str(); }

  /// A bundle of one file.
  static llvm::Error write(const std::string &output, const std::string &text,
                           llvm::function_ref<void()> beforeCommit) {
    auto transaction = Transaction::begin(output, /*overwrite=*/true);
    if (!transaction)
      return transaction.takeError();
    if (llvm::Error error = transaction->addFile("lib/data", text))
      return error;
    if (llvm::Error error =
            transaction->addFile("manifest.json", R"({"manifest_version": 1, "camber_version": "0", "kernels": []})"))
      return error;
    beforeCommit();
    return transaction->commit();
  }
  std::string data() const {
    std::ifstream file(output() + "/lib/data");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Sends the signal to the process, as a terminal does, and waits to be ended.
  [[noreturn]] static void receive(int number) {
    ::kill(::getpid(), number);
    ::sleep(30);
    ::_exit(99);
  }

  llvm::SmallString<128> directory;
  std::optional<std::string> before; ///< TMPDIR
};

} // namespace

TEST_F(EarlyExit, ASignalRemovesAnUnfinishedBundleAndKeepsTheOldOne) {
  for (int number : {SIGINT, SIGTERM}) {
    ASSERT_FALSE(write(output(), "old", [] {}));
    auto interrupted = [&] {
      exitEarlyCleanly();
      llvm::cantFail(write(output(), "new", [&] { receive(number); }));
    };
    EXPECT_EXIT(interrupted(), ::testing::KilledBySignal(number), "");
    EXPECT_EQ(entries(), "out");
    EXPECT_EQ(data(), "old");
  }
}

TEST_F(EarlyExit, ASignalRemovesFoldersThatOtherThreadsWriteInto) {
  auto interrupted = [&] {
    exitEarlyCleanly();
    std::atomic<int> written{0};
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 4; ++writer)
      writers.emplace_back([&] {
        auto directory = llvm::cantFail(TemporaryDirectory::createForTemporaryFiles("camber-test"));
        for (;; ++written)
          std::ofstream(directory.file(llvm::Twine(written.load() % 1000))) << "text";
      });
    std::thread([&] {
      for (;;) { // makes directories and removes them, with pauses: mutexes are not fair to who waits
        llvm::cantFail(TemporaryDirectory::createForTemporaryFiles("camber-brief"));
        ::usleep(100);
      }
    }).detach();
    while (written < 100)
      std::this_thread::yield();
    receive(SIGTERM);
  };
  EXPECT_EXIT(interrupted(), ::testing::KilledBySignal(SIGTERM), "");
  EXPECT_EQ(entries(), "");
}

TEST_F(EarlyExit, AnIgnoredSignalStaysIgnored) {
  auto survived = [&] {
    std::signal(SIGINT, SIG_IGN);
    exitEarlyCleanly();
    ::kill(::getpid(), SIGINT);
    ::usleep(50000);
    ::_exit(7);
  };
  EXPECT_EXIT(survived(), ::testing::ExitedWithCode(7), "");
}

TEST_F(EarlyExit, AFatalErrorNamesKernelAndTargetAndLeavesNothing) {
  auto compiled = [&] {
    exitEarlyCleanly();
    auto other = llvm::cantFail(TemporaryDirectory::createForTemporaryFiles("camber-test"));
    KernelSource source;
    source.specs.emplace_back();
    source.specs[0].name = "unlucky";
    source.specs[0].heads = source.specs[0].kvHeads = 2;
    source.specs[0].headDim = 32;
    CompileOptions options;
    options.targets = {llvm::cantFail(lookupTarget("x86-64-v3"))};
    options.targets[0].features = "-64bit"; // LLVM gives up on such code
    llvm::errs() << llvm::toString(compileKernels(source, options).takeError());
    ::_exit(98);
  };
  EXPECT_EXIT(
      compiled(), ::testing::ExitedWithCode(2),
      "error: internal error in code generation for kernel 'unlucky' for target x86-64-v3: 64-bit code requested");
  EXPECT_EQ(entries(), "");
}
