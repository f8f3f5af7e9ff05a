// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "DeviceCode.h"
#include "HeaderText.h"
#include "camber/Bundle/ObjectEmitter.h"
#include "camber/Runtime/abi.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace camber::bundle {

Expected<ObjectFile> emitDeviceCode(StringRef bundle, const TargetDesc &host, ArrayRef<BundleFile> files) {
  LLVMContext context;
  Module module("camber_device_code", context);
  IRBuilder<> builder(context);
  auto constant = [&](Constant *value) {
    auto *global =
        new GlobalVariable(module, value->getType(), /*isConstant=*/true, GlobalValue::PrivateLinkage, value);
    global->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    return global;
  };
  auto text = [&](StringRef bytes) { return constant(ConstantDataArray::getString(context, bytes)); };
  auto *fileType = StructType::get(builder.getPtrTy(), builder.getPtrTy(), builder.getInt64Ty());
  SmallVector<Constant *> entries;
  for (const BundleFile &file : files)
    entries.push_back(
        ConstantStruct::get(fileType, text(file.path), text(file.bytes), builder.getInt64(file.bytes.size())));
  Constant *list = constant(ConstantArray::get(ArrayType::get(fileType, entries.size()), entries));
  Constant *code =
      ConstantStruct::getAnon({builder.getInt32(sizeof(camber_device_code)), builder.getInt32(CAMBER_ABI_VERSION),
                               builder.getInt64(entries.size()), list});
  auto *function = Function::Create(FunctionType::get(builder.getPtrTy(), false), GlobalValue::ExternalLinkage,
                                    deviceCodeSymbol(bundle), module);
  builder.SetInsertPoint(BasicBlock::Create(context, "entry", function));
  builder.CreateRet(constant(code));
  Expected<ObjectEmitter> emitter = ObjectEmitter::create(host.baseline());
  if (!emitter)
    return emitter.takeError();
  Expected<std::string> object = emitter->object(module);
  if (!object)
    return object.takeError();
  return ObjectFile{"device_code.o", std::move(*object)};
}

} // namespace camber::bundle
