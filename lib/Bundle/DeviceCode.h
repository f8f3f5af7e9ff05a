// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Code for devices as data of a bundle's libraries.
#ifndef CAMBER_LIB_BUNDLE_DEVICECODE_H
#define CAMBER_LIB_BUNDLE_DEVICECODE_H

#include "camber/Bundle/Linker.h"
#include "camber/Bundle/TargetDesc.h"
#include "camber/Bundle/Writers.h"

namespace camber::bundle {

/// An object for a processor of the host's architecture that holds the files and defines deviceCodeSymbol(bundle),
/// which returns a camber_device_code (camber/Runtime/abi.h) of them.
llvm::Expected<ObjectFile> emitDeviceCode(llvm::StringRef bundle, const TargetDesc &host,
                                          llvm::ArrayRef<BundleFile> files);

} // namespace camber::bundle

#endif
