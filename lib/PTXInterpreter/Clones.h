// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// CAMBER_CLONES compiles a function once more for processors with AVX2 and FMA; which one runs is found out at run
// time.
#ifndef CAMBER_PTXINTERPRETER_CLONES_H
#define CAMBER_PTXINTERPRETER_CLONES_H

// The choice is made while the program is loaded, which sanitizers do not bear. Both compute the same: products whose
// sums are formed are exact (tensor cores), or the operation is fused by definition (fma).
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
#define CAMBER_CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CAMBER_CLONES
#endif

#endif
