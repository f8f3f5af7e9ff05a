// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Nothing: CMake wants a source for the target that the precompiled header belongs to.
