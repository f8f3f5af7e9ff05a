// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The CBLAS interface of OpenBLAS, found at run time.
#include "Blas.h"
#include <cstdlib>
#include <dlfcn.h>

namespace camber::harness {

// cblas.h is not there where OpenBLAS is not.
static constexpr int kRowMajor = 101, kNoTranspose = 111, kTranspose = 112;

Result<Blas> Blas::load() {
  const char *chosen = std::getenv("CAMBER_OPENBLAS");
  const std::string name = chosen && *chosen ? chosen : "libopenblas.so.0";
  // Rows are shared among Camber's threads. OpenBLAS's own would wait for work on the processors that are measured.
  setenv("OPENBLAS_NUM_THREADS", "1", /*overwrite=*/1);
  // Never closed: the results of a benchmark outlive no process.
  void *library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  const std::string advice =
      "; install OpenBLAS (Debian: libopenblas0-pthread), or name the library in CAMBER_OPENBLAS";
  if (!library)
    return Failure{"the baseline needs OpenBLAS: " + std::string(dlerror()) + advice};
  Blas blas;
  blas.sgemm = reinterpret_cast<Sgemm>(dlsym(library, "cblas_sgemm"));
  blas.sgemv = reinterpret_cast<Sgemv>(dlsym(library, "cblas_sgemv"));
  const auto config = reinterpret_cast<char *(*)()>(dlsym(library, "openblas_get_config"));
  const auto setThreads = reinterpret_cast<void (*)(int)>(dlsym(library, "openblas_set_num_threads"));
  if (!blas.sgemm || !blas.sgemv || !config || !setThreads)
    return Failure{"the baseline needs OpenBLAS: " + name + " is another library" + advice};
  setThreads(1);
  blas.text = config();
  return blas;
}

// One row is a product of matrix and vector: general products are made for many, and reach half the memory's speed.
void Blas::timesTransposed(int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda, const float *b,
                           int64_t ldb, float *c, int64_t ldc) const {
  if (m == 1)
    sgemv(kRowMajor, kNoTranspose, int(n), int(k), alpha, b, int(ldb), a, 1, 0, c, 1);
  else
    sgemm(kRowMajor, kNoTranspose, kTranspose, int(m), int(n), int(k), alpha, a, int(lda), b, int(ldb), 0, c, int(ldc));
}

void Blas::times(int64_t m, int64_t n, int64_t k, const float *a, int64_t lda, const float *b, int64_t ldb, float *c,
                 int64_t ldc) const {
  if (m == 1)
    sgemv(kRowMajor, kTranspose, int(k), int(n), 1, b, int(ldb), a, 1, 0, c, 1);
  else
    sgemm(kRowMajor, kNoTranspose, kNoTranspose, int(m), int(n), int(k), 1, a, int(lda), b, int(ldb), 0, c, int(ldc));
}

} // namespace camber::harness
