// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The few things of CUDA C++ that kernels.cu needs, for nvcc and for clang without CUDA's headers.
#ifndef CAMBER_TEST_PTXINTERPRETER_DEVICE_H
#define CAMBER_TEST_PTXINTERPRETER_DEVICE_H

#if defined(__clang__)
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __noinline__ __attribute__((noinline))
#define DEVICE static __device__ inline
DEVICE int threadIndex() { return __nvvm_read_ptx_sreg_tid_x(); }
DEVICE int blockIndex() { return __nvvm_read_ptx_sreg_ctaid_x(); }
DEVICE int blockSize() { return __nvvm_read_ptx_sreg_ntid_x(); }
DEVICE void barrier() { __syncthreads(); }
DEVICE float exp2Of(float x) { return __nvvm_ex2_approx_ftz_f(x); }
DEVICE int shuffleDown(int x, int by) { return __nvvm_shfl_sync_down_i32(0xffffffff, x, by, 31); }
DEVICE int shuffleUp(int x, int by) { return __nvvm_shfl_sync_up_i32(0xffffffff, x, by, 0); }
DEVICE float shuffleXor(float x, int by) { return __nvvm_shfl_sync_bfly_f32(0xffffffff, x, by, 31); }
DEVICE int ballotOf(bool x) { return __nvvm_vote_ballot_sync(0xffffffff, x); }
DEVICE int addAtomically(int *at, int x) { return __nvvm_atom_add_gen_i(at, x); }
DEVICE void fenceDevice() { __nvvm_membar_gl(); }
#else
#define DEVICE static __device__ inline
DEVICE int threadIndex() { return threadIdx.x; }
DEVICE int blockIndex() { return blockIdx.x; }
DEVICE int blockSize() { return blockDim.x; }
DEVICE void barrier() { __syncthreads(); }
DEVICE float exp2Of(float x) { return exp2f(x); }
DEVICE int shuffleDown(int x, int by) { return __shfl_down_sync(0xffffffff, x, by); }
DEVICE int shuffleUp(int x, int by) { return __shfl_up_sync(0xffffffff, x, by); }
DEVICE float shuffleXor(float x, int by) { return __shfl_xor_sync(0xffffffff, x, by); }
DEVICE int ballotOf(bool x) { return __ballot_sync(0xffffffff, x); }
DEVICE int addAtomically(int *at, int x) { return atomicAdd(at, x); }
DEVICE void fenceDevice() { __threadfence(); }
#endif

#endif
