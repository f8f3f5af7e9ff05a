// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Writes the C header of a bundle. Names cannot clash: validateSignature has refused what is no C identifier.
#include "HeaderText.h"
#include "camber/Bundle/Writers.h"
#include "camber/Runtime/abi.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace camber::bundle {
namespace {

/// A size as a comment says it and as an expression of C over the arguments of a call.
struct DimText {
  std::string comment, expression;
};

DimText describe(const OperandDim &dim) {
  if (dim.symbol.empty())
    return {std::to_string(dim.size), "INT64_C(" + std::to_string(dim.size) + ")"};
  if (dim.symbol == "key_blocks") // the one size that is no argument of a call
    return {"key_blocks = ceil(kv_len / " + std::to_string(CAMBER_KEY_BLOCK) + ")",
            "((kv_len + CAMBER_KEY_BLOCK - 1) / CAMBER_KEY_BLOCK)"};
  return {dim.symbol, dim.symbol};
}

std::string describe(const LengthSpec &length) {
  switch (length.kind) {
  case LengthSpec::Static:
    return std::to_string(length.value);
  case LengthSpec::Bounded:
    return "at most " + std::to_string(length.value);
  case LengthSpec::Dynamic:
    return "any";
  }
  return "any";
}

std::string shape(const KernelOperand &operand) {
  std::string text = "[";
  for (const OperandDim &dim : operand.dims)
    text += (text.size() > 1 ? ", " : "") + describe(dim).comment;
  return text + "]";
}

/// What an operand is, where its name does not say it.
StringRef describeRole(StringRef role) {
  if (role == "key_norms")
    return "for every 64 keys at least sqrt(sum of k^2 + head_dim * 2^-126) * (1 + 1e-5) of each, +inf where an "
           "element "
           "is NaN; camber_update_key_norms of libcamber_runtime (camber/Runtime/runtime.h) keeps them";
  return role;
}

void writeStruct(raw_ostream &out, const KernelSignature &kernel) {
  out << "typedef struct " << kernel.name << "_args {\n  camber_args_header header;\n";
  size_t width = 0;
  for (const KernelOperand &operand : kernel.operands)
    width = std::max(width, operand.name.size());
  for (const KernelOperand &operand : kernel.operands)
    out << "  camber_tensor " << operand.name << ";" << std::string(width - operand.name.size(), ' ') << " /* "
        << operand.element << " " << shape(operand) << (isWritten(operand) ? ", written" : "") << ": "
        << describeRole(operand.role) << " */\n";
  out << "} " << kernel.name << "_args;\n\n";
}

void writeInitialiser(raw_ostream &out, const KernelSignature &kernel) {
  out << "/* struct_size, abi_version and element set, everything else zero: the operands lie in memory of the CPU. "
         "*/\n"
      << "#define " << kernel.name << "_ARGS_INIT \\\n  { \\\n    {(uint32_t)sizeof(" << kernel.name
      << "_args), CAMBER_ABI_VERSION, CAMBER_" << StringRef(kernel.storage).upper() << ", CAMBER_DEVICE_CPU, 0, 0, 0}";
  for (size_t i = 0; i < kernel.operands.size(); ++i)
    out << ", \\\n    {0, {0, 0, 0, 0}}";
  out << " \\\n  }\n\n";
}

/// Strides of dense row-major operands: what most callers have.
void writeDenseStrides(raw_ostream &out, const KernelSignature &kernel) {
  out << "/* Sizes, and strides of operands that are dense in the order of their dimensions. The data pointers are "
         "the\n"
         " * caller's to set. */\n"
      << "static inline void " << kernel.name << "_args_init(" << kernel.name
      << "_args *args, int64_t batch, int64_t q_len, int64_t kv_len) {\n  const " << kernel.name
      << "_args zero = " << kernel.name << "_ARGS_INIT;\n  *args = zero;\n"
      << "  args->header.batch = batch;\n  args->header.q_len = q_len;\n  args->header.kv_len = kv_len;\n";
  for (const KernelOperand &operand : kernel.operands) {
    std::string stride = "1";
    for (size_t i = operand.dims.size(); i-- > 0;) {
      out << "  args->" << operand.name << ".strides[" << i << "] = " << stride << ";\n";
      const std::string size = describe(operand.dims[i]).expression;
      stride = stride == "1" ? size : size + " * " + stride;
    }
  }
  out << "}\n\n";
}

/// What lib/Bundle/README.md calls launch config, with numbers in the place of their names.
void writeLaunch(raw_ostream &out, const KernelSignature &kernel, const TargetCode &code) {
  if (!code.launch)
    return;
  const LaunchConfig &launch = *code.launch;
  const int64_t group = kernel.heads / kernel.kvHeads;
  out << " * " << deviceFile(kernel, code, "ptx") << ": blocks of " << launch.threads << " threads; parameters "
      << kernel.name << "_args (by value), int64_t splits, float *partials, float *norms.\n"
      << " *   row_blocks = ";
  if (launch.packed)
    out << "ceil(" << group << " * q_len / " << launch.rows << ")";
  else
    out << group << " * ceil(q_len / " << launch.rows << ")";
  out << "; partials hold " << launch.rows * (kernel.headDim + 1) << " floats for each of row_blocks * "
      << kernel.kvHeads << " * batch * splits\n";
  if (launch.prepareQLenMin)
    out << " *   " << kernel.name << "_prepare: grid (1, " << kernel.kvHeads
        << ", batch), where q_len >= " << *launch.prepareQLenMin << " and kv_len > 0; norms hold 2 * ceil(kv_len / "
        << CAMBER_KEY_BLOCK << ") floats for each of " << kernel.kvHeads << " * batch\n";
  out << " *   " << kernel.name << "_main: grid (row_blocks, " << kernel.kvHeads << ", batch * splits), "
      << launch.sharedBytes << " bytes of dynamic shared memory\n"
      << " *   " << kernel.name << "_combine: grid (row_blocks, " << kernel.kvHeads << ", batch), where splits > 1\n";
}

void declareFunctions(raw_ostream &out, StringRef name) {
  out << "camber_status " << name << "_plan(const void *args, int32_t max_threads, camber_plan *plan);\n"
      << "camber_status " << name
      << "_run(const void *args, const camber_plan *plan, int32_t phase, int64_t task_begin,\n"
      << std::string(name.size() + 19, ' ') << "int64_t task_end, void *shared_workspace, void *thread_workspace);\n";
}

void writeKernel(raw_ostream &out, const CompiledKernel &compiled) {
  const KernelSignature &kernel = compiled.signature;
  out << "/* " << kernel.name << ": " << kernel.storage << ", " << kernel.heads << " heads, " << kernel.kvHeads
      << " kv heads, head dimension " << kernel.headDim << ", q_len " << describe(kernel.qLen) << ", kv_len "
      << describe(kernel.kvLen) << ", " << (kernel.offsetPositions ? "offset" : "end-aligned") << " positions.\n"
      << " * Targets:";
  for (const TargetCode &target : compiled.targets)
    out << " " << target.target.name;
  out << ".\n";
  for (const TargetCode &target : compiled.targets)
    writeLaunch(out, kernel, target);
  out << " */\n";
  writeStruct(out, kernel);
  writeInitialiser(out, kernel);
  writeDenseStrides(out, kernel);
  if (!hasHostCode(compiled))
    return;
  declareFunctions(out, kernel.name);
  out << "extern const uint64_t " << kernel.name << "_fingerprint;\n\n";
}

void writeFamily(raw_ostream &out, const KernelFamily &family, ArrayRef<CompiledKernel> kernels) {
  const std::vector<const CompiledKernel *> members = membersOf(family, kernels);
  const std::string &name = family.name, &first = members.front()->signature.name;
  out << "/* " << name << ": the first of these kernels that fits the arguments and the processor or device.\n";
  for (const CompiledKernel *member : members)
    out << " *   " << member->signature.name << ": " << member->signature.storage << ", q_len "
        << describe(member->signature.qLen) << ", kv_len " << describe(member->signature.kvLen) << "\n";
  out << " * All take the same arguments; "
      << (hasHostCode(*members.front()) ? name + "_variant" : std::string("camber_device_variant"))
      << " says of each whether it fits, and why not. */\n"
      << "typedef " << first << "_args " << name << "_args;\n\n"
      << "/* " << first << "_args_init for operands of a storage type. */\n"
      << "static inline void " << name << "_args_init(" << name
      << "_args *args, camber_element element,\n    int64_t batch, int64_t q_len, int64_t kv_len) {\n  " << first
      << "_args_init(args, batch, q_len, kv_len);\n  args->header.element = element;\n}\n\n";
  if (!hasHostCode(*members.front()))
    return;
  declareFunctions(out, name);
  out << "camber_status " << name << "_variant(const void *args, int32_t index, camber_variant *variant);\n"
      << "extern const int32_t " << name << "_variants;\n\n";
}

} // namespace

std::string writeHeader(StringRef bundle, ArrayRef<CompiledKernel> kernels, ArrayRef<KernelFamily> families) {
  const std::string guard = guardOf(bundle, "h");
  std::string text;
  raw_string_ostream out(text);
  out << "/* Written by camber-compile " << CAMBER_VERSION
      << ". How the functions are called: camber/Runtime/abi.h. */\n"
      << "#ifndef " << guard << "\n#define " << guard << "\n\n#include \"camber/Runtime/abi.h\"\n\n"
      << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  for (const CompiledKernel &kernel : kernels)
    writeKernel(out, kernel);
  for (const KernelFamily &family : families)
    writeFamily(out, family, kernels);
  if (hasHostCode(kernels.front()) && hasDeviceCode(kernels))
    out << "/* The PTX and cubins of this bundle, which the libraries carry, for camber_device_open_code. */\n"
        << "const camber_device_code *" << deviceCodeSymbol(bundle) << "(void);\n\n";
  out << "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
  return text;
}

} // namespace camber::bundle
