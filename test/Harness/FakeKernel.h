/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 * A correct, slow attention kernel in C behind Camber's ABI, into which each test library plants one fault. */
#ifndef CAMBER_TEST_HARNESS_FAKEKERNEL_H
#define CAMBER_TEST_HARNESS_FAKEKERNEL_H

/* Contract: f32, 2 heads, 1 kv head, head dim 8, causal, scale 0.25, end-aligned positions, operands q k v key_end o
 * lse. One task per (batch, head). It is the only one of a family "fakes". FAULT is one of the names below, or
 * FAULT_NONE.
 */
enum {
  FAULT_NONE,
  FAULT_READ_PAST_END,     /* of k: one element behind the last */
  FAULT_READ_BEFORE_START, /* of k: the element before the first */
  FAULT_READ_STRIDE_GAP,   /* of k: rows taken to be densely packed */
  FAULT_WORKSPACE,         /* adds to workspace that it never set */
  FAULT_WRITE_PAST_OUTPUT, /* one element behind the last of o */
  FAULT_WRITE_STRIDE_GAP,  /* of o: one element behind a row */
  FAULT_FP_CONTROL,        /* leaves flush-to-zero toggled */
  FAULT_FP_CONTROL_RESET,  /* sets flush-to-zero, then the default instead of the caller's setting */
  FAULT_OUTSIDE_KEY_RANGE, /* multiplies weights of 0 with values behind key_end */
  FAULT_WRONG_RESULT,      /* forgets the scale */
  FAULT_WRONG_LSE,         /* lse in base 2 */
  FAULT_WRITE_INPUT,       /* scales q in place */
  FAULT_WORKSPACE_OVERRUN, /* writes behind the thread workspace */
  FAULT_STATUS,            /* returns an error status */
  FAULT_ILLEGAL,           /* an undefined instruction */
  FAULT_ENDLESS,           /* never returns */
  FAULT_PROCESSOR,         /* says that no processor can run it */
  FAULT_HIDDEN_VALUES,     /* multiplies weights of 0 with values that the mask hides */
  FAULT_FAMILY_COUNT,      /* the family has more kernels than the manifest lists */
  FAULT_FAMILY_STATUS,     /* the family says that the kernel does not fit, and calls it */
  FAULT_FAMILY_CHOICE      /* the family's plan is that of another kernel */
};

#endif
