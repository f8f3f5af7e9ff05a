// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the C++ header of a bundle: names and sizes for what camber/Runtime/kernel.hpp does for every kernel.
#include "HeaderText.h"
#include "camber/Bundle/Writers.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace camber::bundle {
namespace {

StringRef typeOf(StringRef element) {
  return element == "f32" ? "float" : element == "i32" ? "int32_t" : element == "f16" ? "camber::f16" : "camber::bf16";
}

std::string dimensions(const KernelOperand &operand, StringRef prefix) {
  std::string text;
  for (const OperandDim &dim : operand.dims)
    text += (text.empty() ? "" : ", ") + (dim.symbol.empty() ? std::to_string(dim.size) : prefix.str() + dim.symbol);
  return text;
}

size_t indexOf(const KernelSignature &kernel, StringRef role) {
  return find_if(kernel.operands, [&](const KernelOperand &operand) { return operand.role == role; }) -
         kernel.operands.begin();
}

/// `kernel` stands for all members where there is a family; T is then the storage type of a call.
void writeNamespace(raw_ostream &out, StringRef name, const KernelSignature &kernel, bool family) {
  const StringRef parameter = family ? "template <typename T> " : "", argument = family ? "<T>" : "";
  out << "namespace " << name << " {\n\n"
      << (family ? "/// T: the storage type, float, camber::f16 or camber::bf16.\n" : "") << parameter
      << "struct operands {\n";
  for (const KernelOperand &operand : kernel.operands)
    out << "  camber::view<" << (isWritten(operand) ? "" : "const ")
        << (family && isStored(operand.role) ? "T" : typeOf(operand.element)) << "> " << operand.name << "; ///< ["
        << dimensions(operand, "") << "]: " << operand.role << "\n";
  out << "};\n\nnamespace detail {\ninline constexpr camber::detail::operand operands[] = {\n";
  for (const KernelOperand &operand : kernel.operands)
    out << "    {\"" << operand.name << "\", " << operand.dims.size() << ", {"
        << dimensions(operand, "camber::detail::") << "}},\n";
  out << "};\ninline constexpr camber::detail::description kernel = {\n    \"" << name << "\", " << name << "_plan, "
      << name << "_run, operands, " << kernel.operands.size() << ", " << indexOf(kernel, "query") << ", "
      << indexOf(kernel, "key") << "};\n} // namespace detail\n\n"
      << "/// Runs the kernel. Returns CAMBER_OK, or what is wrong: a status of camber/Runtime/abi.h, or\n"
         "/// camber::error_shape; `message` then receives it in words. Does not throw but where memory for them runs "
         "out.\n"
      << (family ? parameter : "inline ") << "camber_status try_call(const operands" << argument
      << " &x, camber::workspace &memory, const camber::executor &threads = {},\n"
         "                       std::string *message = nullptr) {\n"
      << "  const camber::detail::tensor tensors[] = {";
  ListSeparator comma;
  for (const KernelOperand &operand : kernel.operands)
    out << comma << "x." << operand.name;
  out << "};\n  " << name << "_args args = " << kernel.name << "_ARGS_INIT;\n";
  if (family)
    out << "  args.header.element = camber::element_of<T>;\n";
  out << "  if (camber_status status = camber::detail::pack(detail::kernel, tensors, args.header, &args."
      << kernel.operands.front().name << ", message);\n      status != CAMBER_OK)\n    return status;\n"
      << "  return camber::detail::call(detail::kernel, &args, memory, threads, message);\n}\n\n"
      << "/// The same; throws camber::error.\n"
      << (family ? parameter : "inline ") << "void call(const operands" << argument
      << " &x, camber::workspace &memory, const camber::executor &threads = {}) {\n"
      << "  std::string message;\n"
      << "  if (camber_status status = try_call(x, memory, threads, &message); status != CAMBER_OK)\n"
      << "    throw camber::error(status, message);\n}\n\n"
      << "} // namespace " << name << "\n\n";
}

} // namespace

std::string writeCppHeader(StringRef bundle, ArrayRef<CompiledKernel> kernels, ArrayRef<KernelFamily> families) {
  const std::string guard = guardOf(bundle, "hpp");
  std::string text;
  raw_string_ostream out(text);
  out << "// Written by camber-compile " << CAMBER_VERSION << ".\n#ifndef " << guard << "\n#define " << guard
      << "\n\n#include \"" << bundle << ".h\"\n#include \"camber/Runtime/kernel.hpp\"\n\n";
  for (const CompiledKernel &kernel : kernels)
    writeNamespace(out, kernel.signature.name, kernel.signature, /*family=*/false);
  for (const KernelFamily &family : families)
    writeNamespace(out, family.name, membersOf(family, kernels).front()->signature, /*family=*/true);
  out << "#endif\n";
  return text;
}

} // namespace camber::bundle
