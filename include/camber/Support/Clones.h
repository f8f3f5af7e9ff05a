// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// CAMBER_CLONES("a", "default") compiles a function once for each target it names; which one runs is found out at run
// time.
#ifndef CAMBER_SUPPORT_CLONES_H
#define CAMBER_SUPPORT_CLONES_H

// The choice is made while the program is loaded, which sanitizers do not bear. Floating-point operations are not
// contracted (CMakeLists.txt), so all clones of a function compute the same.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAMBER_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CAMBER_SANITIZED 1
#endif
#endif
#if defined(__x86_64__) && !defined(CAMBER_SANITIZED)
#define CAMBER_CLONES(...) __attribute__((target_clones(__VA_ARGS__)))
#else
#define CAMBER_CLONES(...)
#endif

#endif
