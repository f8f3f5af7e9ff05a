// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Manifests: what is read, and that everything else is refused with the field's name.
#include "camber/Runtime/Manifest.h"
#include "../Harness/FakeBundle.h"
#include <cmath>
#include <filesystem>
#include <gtest/gtest.h>

using namespace camber;
using namespace camber::test;

namespace {

/// The fake bundle's manifest.
Json sample() {
  const std::string directory = temporaryDirectory();
  writeFakeBundle(directory, "NONE");
  Json manifest = Json::parse(readFile(directory + "/manifest.json"));
  std::filesystem::remove_all(directory);
  return manifest;
}

/// An operand that the fake bundle does not have.
Json keyNorms(const Json &manifest) {
  return {{"name", "norms"},
          {"role", "key_norms"},
          {"element", "f32"},
          {"dims", {"batch", manifest["kernels"][0]["kv_heads"], "key_blocks"}}};
}

TEST(Manifest, IsReadCompletely) {
  Json json = sample();
  json["kernels"][0]["head_offset"] = (1 << 24) - 1;
  json["kernels"][0]["masks"].push_back({{"kind", "attn.window"}, {"left", 5}});
  json["kernels"][0]["score"]["nodes"].push_back(
      {{"op", "arith.constant"}, {"args", Json::array()}, {"attrs", {{"value", "-inf"}}}, {"type", "f64"}});
  json["kernels"][0]["score"]["nodes"].push_back(
      {{"op", "arith.constant"}, {"args", Json::array()}, {"attrs", {{"value", "-0.0"}}}});
  json["kernels"][0]["operands"].push_back(keyNorms(json));
  json["kernels"][0]["score"]["tables"] = {
      {{"name", "constant.0"}, {"element", "f32"}, {"dims", {2, 2}}, {"values", {0.5, "-inf", "-0.0", 3}}},
      {{"name", "constant.1"}, {"element", "i32"}, {"dims", {1}}, {"values", {-7}}}};
  json["kernels"][0]["score"]["nodes"].push_back(
      {{"op", "attn.lookup"}, {"args", {2, 4}}, {"params", Json::array({"constant.0"})}});
  json["kernels"][0]["score"]["locations"] = {"", "", "", "body.mlir:12:5"};
  Result<Manifest> manifest = parseManifest(withChecksum(json), "m.json");
  ASSERT_TRUE(manifest) << manifest.error();
  EXPECT_EQ(manifest->bundle, "fake");
  ASSERT_EQ(manifest->kernels.size(), 1u);
  const Kernel &kernel = manifest->kernels[0];
  EXPECT_EQ(kernel.fingerprint, 0x0123456789abcdefu);
  EXPECT_EQ(kernel.headOffset, (1 << 24) - 1);
  EXPECT_EQ(kernel.qLen.kind, Length::Dynamic);
  EXPECT_TRUE(kernel.kvLen.accepts(4096));
  EXPECT_FALSE(kernel.kvLen.accepts(4097));
  EXPECT_FALSE(kernel.qLen.accepts(-1));
  EXPECT_EQ(kernel.operands[3].role, Role::KeyEnd);
  EXPECT_EQ(kernel.operands.back().role, Role::KeyNorms);
  EXPECT_EQ(kernel.operands.back().shape({3, 5, 129}), (std::vector<int64_t>{3, kernel.kvHeads, 3}));
  EXPECT_EQ(kernel.operands[4].shape({3, 5, 7}), (std::vector<int64_t>{3, 2, 5, 8}));
  EXPECT_EQ(integerAttribute(kernel.masks[1].attrs, "left"), 5);
  EXPECT_EQ(integerAttribute(kernel.masks[1].attrs, "right"), std::nullopt);
  EXPECT_EQ(realAttribute(kernel.scores[0].attrs, "factor"), 0.25);
  EXPECT_EQ(realAttribute(kernel.scores[1].attrs, "value"), -INFINITY);
  EXPECT_EQ(kernel.scores[1].type, ScalarType::F64);
  const std::optional<double> zero = realAttribute(kernel.scores[2].attrs, "value");
  EXPECT_TRUE(zero == 0.0 && std::signbit(*zero));
  EXPECT_EQ(kernel.targets[0].objectBytes, 1000);
  ASSERT_EQ(kernel.scoreTables.size(), 2u);
  EXPECT_EQ(kernel.scoreTables[0].dims, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(kernel.scoreTables[0].bits, (std::vector<uint32_t>{0x3f000000, 0xff800000, 0x80000000, 0x40400000}));
  EXPECT_EQ(kernel.scoreTables[1].bits, std::vector<uint32_t>{uint32_t(-7)});
  EXPECT_EQ(kernel.scores[3].location, "body.mlir:12:5");
  EXPECT_EQ(kernel.scores[0].location, "");
}

TEST(Manifest, AKernelThatCannotBeCheckedMayHaveAnyType) {
  Json json = sample();
  json["kernels"][0]["score"]["nodes"].push_back({{"op", "x.y"}, {"args", Json::array()}, {"type", "other"}});
  EXPECT_FALSE(parseManifest(withChecksum(json), "m.json"));
  json["kernels"][0]["checkable"] = false;
  Result<Manifest> manifest = parseManifest(withChecksum(json), "m.json");
  ASSERT_TRUE(manifest) << manifest.error();
  EXPECT_EQ(manifest->kernels[0].scores.back().type, ScalarType::Other);
}

TEST(Manifest, TruncatedAnywhereIsRefused) {
  const std::string text = withChecksum(sample());
  for (size_t length = 0; length < text.size(); length += 7)
    EXPECT_FALSE(parseManifest(text.substr(0, length), "m.json")) << length;
}

TEST(Manifest, OneChangedByteAnywhereIsRefused) {
  const std::string text = withChecksum(sample());
  for (size_t at = 0; at < text.size(); at += 3) {
    std::string edited = text;
    edited[at] ^= 1;
    EXPECT_FALSE(parseManifest(edited, "m.json")) << at;
  }
}

TEST(Manifest, AnotherChecksumIsTheWriters) {
  // Whitespace and member order are free: the checksum covers bytes, wherever its member stands.
  Json json = sample();
  std::string text = withChecksum(json) + "\n\n";
  EXPECT_FALSE(parseManifest(text, "m.json"));
}

struct Edit {
  const char *name;
  std::function<void(Json &)> edit;
  const char *message;
};
class BrokenManifest : public testing::TestWithParam<Edit> {};

TEST_P(BrokenManifest, IsRefused) {
  Json json = sample();
  GetParam().edit(json);
  Result<Manifest> manifest = parseManifest(withChecksum(json), "dir/manifest.json");
  ASSERT_FALSE(manifest);
  EXPECT_EQ(manifest.error().rfind("dir/manifest.json: ", 0), 0u);
  EXPECT_NE(manifest.error().find(GetParam().message), std::string::npos) << manifest.error();
}

Json &kernelOf(Json &m) { return m["kernels"][0]; }

INSTANTIATE_TEST_SUITE_P(
    Fields, BrokenManifest,
    testing::Values(
        Edit{"Newer",
             [](Json &m) {
               m["manifest_version"] = 2;
               m.erase("kernels");
             },
             "manifest_version is 2, this program reads up to 1"},
        Edit{"VersionType", [](Json &m) { m["manifest_version"] = "1"; },
             "manifest.manifest_version: must be an integer"},
        Edit{"Abi", [](Json &m) { m["abi_version"] = 9; }, "abi_version is 9"},
        Edit{"NoBundle", [](Json &m) { m.erase("bundle"); }, "has no \"bundle\""},
        Edit{"BundlePath", [](Json &m) { m["bundle"] = "../x"; }, "manifest.bundle: must be a file name"},
        Edit{"FilesNoList", [](Json &m) { m["files"] = 3; }, "manifest.files: must be a list"},
        Edit{"FileEscapes", [](Json &m) { m["files"][0]["path"] = "lib/../../x"; },
             "manifest.files[0].path: must be a path inside"},
        Edit{"FileHash", [](Json &m) { m["files"][0]["xxh3"] = "123"; }, "manifest.files[0].xxh3: must be 16"},
        Edit{"FileBytes", [](Json &m) { m["files"][0]["bytes"] = -1; },
             "manifest.files[0].bytes: must be an integer of at least 0"},
        Edit{"TwoKernels", [](Json &m) { m["kernels"].push_back(m["kernels"][0]); }, "two kernels are named 'fake'"},
        Edit{"TableSize",
             [](Json &m) {
               kernelOf(m)["score"]["tables"] = {
                   {{"name", "constant.0"}, {"element", "f32"}, {"dims", {2, 3}}, {"values", {1, 2, 3}}}};
             },
             "manifest.kernels[0].score.tables[0].values: must hold one number for each entry of \"dims\""},
        Edit{"TableName",
             [](Json &m) {
               kernelOf(m)["score"]["tables"] = {{{"name", "q"}, {"element", "i32"}, {"dims", {1}}, {"values", {1}}}};
             },
             "'q' is the name of two tables, or of a table and an operand"},
        Edit{"Locations",
             [](Json &m) {
               kernelOf(m)["score"]["locations"] = {"", "", "", ""};
             },
             "manifest.kernels[0].score.locations: has more entries than \"nodes\""},
        Edit{"FamilyKernel",
             [](Json &m) {
               m["families"] = {{{"name", "f"}, {"kernels", {"fake", "other"}}}};
             },
             "manifest.families[0].kernels[1]: there is no kernel 'other'"},
        Edit{"FamilyName",
             [](Json &m) {
               m["families"] = {{{"name", "fake"}, {"kernels", {"fake"}}}};
             },
             "manifest.families[0].name: is the name of a kernel or of another family"},
        Edit{"FamilyWithoutKernels",
             [](Json &m) {
               m["families"] = {{{"name", "f"}, {"kernels", Json::array()}}};
             },
             "manifest.families[0].kernels: there is none"},
        Edit{"KernelNull", [](Json &m) { m["kernels"][0] = nullptr; }, "manifest.kernels[0]: must be an object"},
        Edit{"Storage", [](Json &m) { kernelOf(m)["storage"] = "f8"; }, "'f8' is not one of f32, f16, bf16"},
        Edit{"StorageInt", [](Json &m) { kernelOf(m)["storage"] = "i32"; }, "storage: must be f32, f16 or bf16"},
        Edit{"Heads", [](Json &m) { kernelOf(m)["heads"] = 0; },
             "manifest.kernels[0].heads: must be an integer of at least 1"},
        Edit{"HeadsHuge", [](Json &m) { kernelOf(m)["heads"] = 1e300; }, "manifest.kernels[0].heads"},
        Edit{"HeadsOfTwo33", [](Json &m) { kernelOf(m)["heads"] = int64_t(1) << 33; },
             "manifest.kernels[0].heads: must be an integer of at least 1 and at most 16777215"},
        Edit{"HeadOffset", [](Json &m) { kernelOf(m)["head_offset"] = 1 << 24; },
             "manifest.kernels[0].head_offset: must be an integer of at least 0 and at most 16777215"},
        Edit{"KvHeads", [](Json &m) { kernelOf(m)["kv_heads"] = 3; }, "heads: must be a multiple of kv_heads"},
        Edit{"LengthKind", [](Json &m) { kernelOf(m)["q_len"]["kind"] = "some"; }, "q_len.kind: 'some' is not one of"},
        Edit{"LengthValue", [](Json &m) { kernelOf(m)["kv_len"].erase("value"); }, "kv_len: has no \"value\""},
        Edit{"Positions", [](Json &m) { kernelOf(m)["positions"] = "offsets"; },
             "positions: run_time goes with operands"},
        Edit{"Role", [](Json &m) { kernelOf(m)["operands"][0]["role"] = "queue"; },
             "operands[0].role: 'queue' is not one of"},
        Edit{"TwoRoles", [](Json &m) { kernelOf(m)["operands"][1]["role"] = "query"; },
             "two operands have the role query"},
        Edit{"TwoNames", [](Json &m) { kernelOf(m)["operands"][1]["name"] = "q"; }, "two operands are named 'q'"},
        Edit{"NoOutput", [](Json &m) { kernelOf(m)["operands"].erase(4); }, "no operand has the role output"},
        Edit{"Element", [](Json &m) { kernelOf(m)["operands"][0]["element"] = "f16"; },
             "'q' must have elements of type f32"},
        Edit{"Dims", [](Json &m) { kernelOf(m)["operands"][0]["dims"][3] = 9; },
             "'q' does not have the dimensions of its role query"},
        Edit{"Batch",
             [](Json &m) {
               kernelOf(m)["operands"][0]["dims"][0] = 2;
               kernelOf(m)["operands"][1]["dims"][0] = 3;
             },
             "'k' has another batch"},
        Edit{"DimsStaticBatch",
             [](Json &m) {
               kernelOf(m)["operands"][0]["dims"] = {2, 2, "q_len", 9};
             },
             "'q' does not have the dimensions"},
        Edit{"KeyNormsDims",
             [](Json &m) {
               kernelOf(m)["operands"].push_back(keyNorms(m));
               kernelOf(m)["operands"].back()["dims"][2] = "kv_len";
             },
             "'norms' does not have the dimensions of its role key_norms"},
        Edit{"KeyNormsElement",
             [](Json &m) {
               kernelOf(m)["operands"].push_back(keyNorms(m));
               kernelOf(m)["operands"].back()["element"] = "i32";
             },
             "'norms' must have elements of type f32"},
        Edit{"NoDims", [](Json &m) { kernelOf(m)["operands"][0]["dims"] = Json::array(); },
             "'q' does not have the dimensions"},
        Edit{"DimName", [](Json &m) { kernelOf(m)["operands"][0]["dims"][0] = "bat"; }, "dims[0]: 'bat' is not one of"},
        Edit{"Rank", [](Json &m) { kernelOf(m)["operands"][0]["dims"].push_back(1); }, "more than 4 dimensions"},
        Edit{"MaskKind", [](Json &m) { kernelOf(m)["masks"][0].erase("kind"); }, "masks[0]: has no \"kind\""},
        Edit{"ForwardArgument", [](Json &m) { kernelOf(m)["score"]["nodes"][0]["args"][0] = 5; },
             "nodes[0].args[0]: must be an integer of at least 0 and at most 4"},
        Edit{"Result", [](Json &m) { kernelOf(m)["score"]["result"] = 6; }, "score.result: must be an integer"},
        Edit{"Type", [](Json &m) { kernelOf(m)["score"]["nodes"][0]["type"] = "f8"; },
             "nodes[0].type: 'f8' is not one of"},
        Edit{"Attribute", [](Json &m) { kernelOf(m)["score"]["nodes"][0]["attrs"]["factor"] = Json::object(); },
             "attrs.factor: must be a number"},
        Edit{"Parameter", [](Json &m) { kernelOf(m)["score"]["nodes"][0]["params"] = {"slopes"}; },
             "names the parameter 'slopes'"},
        Edit{"Checkable", [](Json &m) { kernelOf(m)["checkable"] = 1; }, "checkable: must be true or false"}),
    [](const auto &info) { return std::string(info.param.name); });

TEST(Manifest, NotAnObject) {
  for (const char *text : {"", "[]", "3", "null", "{", "\xff\xfe"})
    EXPECT_FALSE(parseManifest(text, "m.json"));
}

TEST(Kernel, IsReadAlone) {
  Result<Kernel> kernel = parseKernel(sample()["kernels"][0].dump(), "here");
  ASSERT_TRUE(kernel) << kernel.error();
  EXPECT_EQ(kernel->name, "fake");
  EXPECT_FALSE(parseKernel("{", "here"));
  EXPECT_FALSE(parseKernel("{}", "here"));
}

} // namespace
