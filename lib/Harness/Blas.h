// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// OpenBLAS, loaded where it is asked for: camber-check links nothing of it.
#ifndef CAMBER_LIB_HARNESS_BLAS_H
#define CAMBER_LIB_HARNESS_BLAS_H

#include "camber/Runtime/Result.h"
#include <cstdint>

namespace camber::harness {

/// Products of row-major float32 matrices on the calling thread; any number of threads may call at once.
class Blas {
public:
  /// Loads libopenblas.so.0, or what CAMBER_OPENBLAS names. Fails, saying what to install.
  static Result<Blas> load();

  /// c[m, n] = alpha · a[m, k] · b[n, k]ᵀ. `ld…`: elements from row to row.
  void timesTransposed(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda, const float *b,
                       int64_t ldb, float *c, int64_t ldc) const;
  /// c[m, n] = a[m, k] · b[k, n].
  void times(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b, int64_t ldb, float *c,
             int64_t ldc) const;

  /// Name, version and processor, as the library calls itself.
  const std::string &description() const { return text; }

private:
  using Sgemm = void (*)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *,
                         int);
  using Sgemv = void (*)(int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
  Sgemm sgemm = nullptr;
  Sgemv sgemv = nullptr;
  std::string text;
};

} // namespace camber::harness

#endif
