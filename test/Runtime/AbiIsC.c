/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * The public C headers compile as pedantic C11, and the ABI's structs have the layout that compiled kernels assume. */
#include "camber/Runtime/abi.h"
#include "camber/Runtime/device.h"
#include "camber/Runtime/runtime.h"
#include <stddef.h>

_Static_assert(sizeof(camber_tensor) == 40, "data pointer and four strides");
_Static_assert(sizeof(camber_args_header) == 40, "operands follow at byte 40");
_Static_assert(sizeof(camber_plan) == 88, "no padding in a plan");
_Static_assert(offsetof(camber_plan, tasks) == 40, "after size, version, fingerprint and the three lengths");
_Static_assert(sizeof(camber_counters) == 64, "counters fill the first 64 bytes of a thread workspace");

int camber_test_from_c(void) {
  float oA = 1, lseA = 0, oB = 3, lseB = 0;
  const camber_partial a = {&oA, &lseA, 1, 1}, b = {&oB, &lseB, 1, 1};
  float key[2] = {3, 4}, norm = 0;
  const camber_key_cache cache = {key, CAMBER_F32, 1, 2, 2, 2, &norm, 1};
  if (camber_update_key_norms(&cache, 0, 1) != CAMBER_OK || norm < 5.0f || norm > 5.001f)
    return 0;
  return camber_combine(1, 1, &a, &b, &a) == CAMBER_OK && oA == 2.0f && camber_status_name(CAMBER_OK)[0] == 'C';
}
