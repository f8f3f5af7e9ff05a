// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What bits of f16 and bf16 mean, against numbers written down by hand: norms and the reference share the conversion.
#include "camber/Runtime/Elements.h"
#include <gtest/gtest.h>

using namespace camber;

namespace {

TEST(Elements, HalvesAreWhatTheFormatSays) {
  EXPECT_EQ(halfToDouble(0x0000), 0);
  EXPECT_TRUE(std::signbit(halfToDouble(0x8000)));
  EXPECT_EQ(halfToDouble(0x0001), 0x1p-24); // the smallest subnormal
  EXPECT_EQ(halfToDouble(0x83ff), -0x3ffp-24);
  EXPECT_EQ(halfToDouble(0x0400), 0x1p-14); // the smallest normal
  EXPECT_EQ(halfToDouble(0x3555), 0x1.554p-2);
  EXPECT_EQ(halfToDouble(0xc000), -2);
  EXPECT_EQ(halfToDouble(0x7bff), 65504); // the largest
  EXPECT_EQ(halfToDouble(0xfc00), -INFINITY);
  EXPECT_TRUE(std::isnan(halfToDouble(0x7c01)));
}

TEST(Elements, BfloatsAreTheUpperHalfOfAFloat) {
  EXPECT_TRUE(std::signbit(bfloatToDouble(0x8000)));
  EXPECT_EQ(bfloatToDouble(0x0001), 0x1p-133);
  EXPECT_EQ(bfloatToDouble(0x3f80), 1);
  EXPECT_EQ(bfloatToDouble(0xc049), -0x1.92p1);
  EXPECT_EQ(bfloatToDouble(0x7f7f), 0x1.fep127);
  EXPECT_EQ(bfloatToDouble(0xff80), -INFINITY);
  EXPECT_TRUE(std::isnan(bfloatToDouble(0x7fc0)));
}

} // namespace
