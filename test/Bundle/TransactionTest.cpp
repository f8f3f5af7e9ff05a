// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A bundle directory appears whole or not at all, and an old one survives every failure.
#include "camber/Bundle/Transaction.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "gtest/gtest.h"
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace camber::bundle;

namespace {

constexpr const char *kManifest = "{\"manifest_version\": 1, \"camber_version\": \"0\", \"kernels\": []}";

std::string messageOf(llvm::Error error) { return llvm::toString(std::move(error)); }

class TransactionTest : public ::testing::Test {
protected:
  void SetUp() override { ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("camber-transaction", directory)); }
  void TearDown() override {
    if (mounted)
      ::umount(directory.c_str());
    llvm::sys::fs::remove_directories(directory);
  }
  std::string path(const std::string &name) const { return directory.str().str() + "/" + name; }
  std::string read(const std::string &name) const {
    auto buffer = llvm::MemoryBuffer::getFile(path(name));
    return buffer ? (*buffer)->getBuffer().str() : "(missing)";
  }
  /// Entries of the directory, sorted: shows what a failure left behind.
  std::vector<std::string> entries() const {
    std::vector<std::string> names;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator it(directory, code), end; it != end && !code; it.increment(code))
      names.push_back(llvm::StringRef(it->path()).substr(directory.size() + 1).str());
    std::sort(names.begin(), names.end());
    return names;
  }
  llvm::Error put(const std::string &text, bool overwrite) const {
    auto transaction = Transaction::begin(path("out"), overwrite);
    if (!transaction)
      return transaction.takeError();
    if (llvm::Error error = transaction->addFile("lib/data", text))
      return error;
    if (llvm::Error error = transaction->addFile("manifest.json", kManifest))
      return error;
    return transaction->commit();
  }
  /// Modes of the bundle in out, its directory and its files, in octal, when it was written under `mask`.
  std::string modes(mode_t mask) const {
    mode_t before = ::umask(mask);
    std::string message = messageOf(put("data", true));
    ::umask(before);
    if (!message.empty())
      return message;
    std::string text;
    for (const char *name : {"out", "out/lib", "out/lib/data", "out/manifest.json"}) {
      struct stat status;
      EXPECT_EQ(::stat(path(name).c_str(), &status), 0) << name;
      char mode[8];
      std::snprintf(mode, sizeof(mode), "%o", static_cast<unsigned>(status.st_mode & 07777));
      text += (text.empty() ? "" : " ") + std::string(mode);
    }
    return text;
  }
  llvm::SmallString<128> directory;
  bool mounted = false;
};

using Names = std::vector<std::string>;

} // namespace

TEST_F(TransactionTest, AppearsWhole) {
  EXPECT_EQ(messageOf(put("new", false)), "");
  EXPECT_EQ(read("out/lib/data"), "new");
  EXPECT_EQ(entries(), Names{"out"});
  EXPECT_TRUE(isBundle(path("out")));
}

TEST_F(TransactionTest, LeavesNothingWhenNotCommitted) {
  {
    auto transaction = llvm::cantFail(Transaction::begin(path("out"), false));
    ASSERT_EQ(messageOf(transaction.addFile("lib/data", "x")), "");
    EXPECT_EQ(entries().size(), 1u);
  }
  EXPECT_TRUE(entries().empty());
}

TEST_F(TransactionTest, ReplacesABundleOnlyWhenAsked) {
  ASSERT_EQ(messageOf(put("old", false)), "");
  EXPECT_EQ(messageOf(put("new", false)),
            "output directory '" + path("out") + "' exists; pass --force to replace the bundle in it");
  EXPECT_EQ(read("out/lib/data"), "old");
  EXPECT_EQ(messageOf(put("new", true)), "");
  EXPECT_EQ(read("out/lib/data"), "new");
  EXPECT_EQ(entries(), Names{"out"});
}

TEST_F(TransactionTest, NeverReplacesWhatIsNoBundle) {
  llvm::sys::fs::create_directory(path("out"));
  std::ofstream(path("out/thesis.txt")) << "years of work";
  EXPECT_EQ(messageOf(put("new", true)),
            "output directory '" + path("out") + "' exists and is not a Camber bundle; it is left alone");
  EXPECT_EQ(read("out/thesis.txt"), "years of work");
  std::ofstream(path("out/manifest.json")) << "{\"name\": \"some web extension\"}";
  EXPECT_NE(messageOf(put("new", true)), "");
}

TEST_F(TransactionTest, ReplacesFoldersWithoutFilesIfToldTo) {
  llvm::sys::fs::create_directories(path("out/lib/cmake"));
  EXPECT_NE(messageOf(put("new", false)), "");
  EXPECT_EQ(messageOf(put("new", true)), "");
  EXPECT_EQ(read("out/lib/data"), "new");

  // A link is something that could be lost.
  llvm::sys::fs::create_directories(path("other/lib"));
  ASSERT_EQ(::symlink("nowhere", path("other/lib/link").c_str()), 0);
  EXPECT_EQ(messageOf(Transaction::check(path("other"), true)),
            "output directory '" + path("other") + "' exists and is not a Camber bundle; it is left alone");
}

TEST_F(TransactionTest, TakesNoStrangeManifestForABundle) {
  llvm::sys::fs::create_directory(path("out"));
  const std::string members = "\"manifest_version\": 1, \"camber_version\": \"0\", \"kernels\": ";
  auto isBundleWith = [&](const std::string &manifest) {
    std::ofstream(path("out/manifest.json")) << manifest;
    return isBundle(path("out"));
  };
  // Too deep for a parser that recurses, also where brackets close what was never opened.
  EXPECT_FALSE(isBundleWith(std::string(3000000, '[')));
  EXPECT_FALSE(isBundleWith("{" + members + std::string(3000000, '[') + std::string(3000000, ']') + "}"));
  EXPECT_FALSE(isBundleWith(std::string(3000000, ']') + std::string(3000000, '[')));
  EXPECT_FALSE(isBundleWith("{" + members + "\"" + std::string(65 << 20, ' ') + "\"}"));
  // Brackets in strings nest nothing.
  EXPECT_TRUE(isBundleWith("{" + members + "[[\"\\\"" + std::string(1000, '[') + "\"]]}"));
  std::filesystem::remove(path("out/manifest.json"));
  ASSERT_EQ(::mkfifo(path("out/manifest.json").c_str(), 0600), 0);
  EXPECT_FALSE(isBundle(path("out")));
}

TEST_F(TransactionTest, NamesWhatIsWrongWithThePath) {
  std::ofstream(path("out")) << "a file";
  EXPECT_EQ(messageOf(put("new", true)), "output '" + path("out") + "' exists and is not a directory");
  auto under = Transaction::begin(path("out/below"), false);
  EXPECT_NE(messageOf(under.takeError()).find("Not a directory"), std::string::npos);
  auto missing = Transaction::begin(path("missing/out"), false);
  EXPECT_EQ(messageOf(missing.takeError()),
            "directory '" + path("missing") + "', where the output should go: No such file or directory");
  EXPECT_EQ(messageOf(Transaction::begin("", false).takeError()), "no output directory given");
}

TEST_F(TransactionTest, FolderThatCannotBeWritten) {
  // Not even root may create directories in /proc.
  auto transaction = Transaction::begin("/proc/camber-out", false);
  ASSERT_FALSE(!!transaction);
  EXPECT_NE(messageOf(transaction.takeError()).find("/proc"), std::string::npos);
  if (::geteuid() == 0)
    return; // permissions do not bind root
  ASSERT_EQ(messageOf(put("old", false)), "");
  ::chmod(directory.c_str(), 0555);
  std::string message = messageOf(put("new", true));
  ::chmod(directory.c_str(), 0755);
  EXPECT_NE(message.find("cannot write in directory"), std::string::npos) << message;
  EXPECT_EQ(read("out/lib/data"), "old");
}

TEST_F(TransactionTest, AFailedWriteKeepsTheOldBundle) {
  // A file size limit makes write() fail as a full disk does, without privileges.
  ASSERT_EQ(messageOf(put("old", false)), "");
  rlimit before;
  ::getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = {64 * 1024, before.rlim_max};
  auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  std::string message = messageOf(put(std::string(1 << 20, 'x'), true));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, "cannot write 'lib/data' of bundle '" + path("out") + "': File too large");
  EXPECT_EQ(read("out/lib/data"), "old");
  EXPECT_EQ(entries(), Names{"out"});
}

TEST_F(TransactionTest, AFullDiskKeepsTheOldBundle) {
  if (::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=256k") != 0)
    GTEST_SKIP() << "may not mount a small file system here";
  mounted = true;
  ASSERT_EQ(messageOf(put("old", false)), "");
  std::string message = messageOf(put(std::string(1 << 20, 'x'), true));
  EXPECT_EQ(message, "cannot write 'lib/data' of bundle '" + path("out") + "': No space left on device");
  EXPECT_EQ(read("out/lib/data"), "old");
  EXPECT_EQ(entries(), Names{"out"});
}

TEST_F(TransactionTest, AnOutputThatAppearsMeanwhileIsNotOverwritten) {
  auto transaction = llvm::cantFail(Transaction::begin(path("out"), false));
  ASSERT_EQ(messageOf(transaction.addFile("manifest.json", kManifest)), "");
  ASSERT_EQ(messageOf(put("somebody else's", false)), "");
  EXPECT_NE(messageOf(transaction.commit()).find("exists"), std::string::npos);
  EXPECT_EQ(read("out/lib/data"), "somebody else's");
}

TEST_F(TransactionTest, OthersMayReadAsFarAsTheUmaskLetsThem) {
  EXPECT_EQ(modes(022), "755 755 644 644");
  EXPECT_EQ(modes(002), "755 755 644 644");
  EXPECT_EQ(modes(027), "750 750 640 640");
  EXPECT_EQ(modes(077), "700 700 600 600");
}

TEST_F(TransactionTest, TrailingSlashesAndRelativePathsWork) {
  llvm::SmallString<128> before;
  llvm::sys::fs::current_path(before);
  llvm::sys::fs::set_current_path(directory);
  {
    auto transaction = llvm::cantFail(Transaction::begin("out//", false));
    EXPECT_EQ(messageOf(transaction.addFile("manifest.json", kManifest)), "");
    EXPECT_EQ(messageOf(transaction.commit()), "");
  }
  llvm::sys::fs::set_current_path(before);
  EXPECT_EQ(entries(), Names{"out"});
}
