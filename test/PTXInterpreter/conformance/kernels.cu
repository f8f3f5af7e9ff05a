// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Kernels whose PTX is made by compilers that know nothing of Camber. ConformanceTest.cpp runs them and has what each computes.
#include "device.h"

// Shared memory is declared out here: some clang optimises accesses to that of a function across barriers, which is a race.
__shared__ float parts[8];
__shared__ double tile[16][17];
__shared__ int local[10];
__shared__ int totals[4];
__shared__ int last;

// Softmax of rows of 256, one block each: reductions by shuffles and shared memory.
extern "C" __global__ void softmaxRows(const float *in, float *out) {
  const int t = threadIndex(), warp = t / 32;
  const float x = in[256 * blockIndex() + t] * 1.44269504f;
  float most = x;
  for (int by = 16; by; by /= 2) {
    const float other = shuffleXor(most, by);
    most = other > most ? other : most;
  }
  if (t % 32 == 0)
    parts[warp] = most;
  barrier();
  for (int i = 0; i < 8; ++i)
    most = parts[i] > most ? parts[i] : most;
  barrier();
  const float p = exp2Of(x - most);
  float sum = p;
  for (int by = 16; by; by /= 2)
    sum += shuffleXor(sum, by);
  if (t % 32 == 0)
    parts[warp] = sum;
  barrier();
  sum = 0;
  for (int i = 0; i < 8; ++i)
    sum += parts[i];
  out[256 * blockIndex() + t] = p / sum;
}

// A 64×48 matrix through padded shared memory.
extern "C" __global__ void transpose(const double *in, double *out) {
  const int x = threadIndex() % 16, y = threadIndex() / 16, bx = blockIndex() % 3, by = blockIndex() / 3;
  tile[y][x] = in[(16 * by + y) * 48 + 16 * bx + x];
  barrier();
  out[(16 * bx + y) * 64 + 16 * by + x] = tile[x][y];
}

// Counts of values modulo 10, in shared memory, then in global memory; 64-bit division on the way.
extern "C" __global__ void histogram(const long long *in, int *counts, int n) {
  if (threadIndex() < 10)
    local[threadIndex()] = 0;
  barrier();
  for (int i = blockIndex() * blockSize() + threadIndex(); i < n; i += 2 * blockSize()) {
    const long long r = in[i] % 10;
    addAtomically(&local[r < 0 ? r + 10 : r], 1);
  }
  barrier();
  if (threadIndex() < 10)
    addAtomically(&counts[threadIndex()], local[threadIndex()]);
}

// Inclusive prefix sums of 128 numbers.
extern "C" __global__ void prefixSums(const int *in, int *out) {
  const int t = threadIndex(), lane = t % 32;
  int sum = in[t];
  for (int by = 1; by < 32; by *= 2) {
    const int other = shuffleUp(sum, by);
    sum += lane >= by ? other : 0;
  }
  if (lane == 31)
    totals[t / 32] = sum;
  barrier();
  for (int i = 0; i < t / 32; ++i)
    sum += totals[i];
  out[t] = sum;
}

struct Pair {
  int a, b;
  short c[4];
};

__device__ __noinline__ int collatz(unsigned n, Pair *longest) {
  int steps = 0;
  while (n != 1) {
    n = n % 2 ? 3 * n + 1 : n / 2;
    ++steps;
  }
  if (steps > longest->a)
    longest->a = steps;
  longest->c[steps & 3] = (short)steps;
  return steps;
}

__constant__ int weights[5] = {3, -1, 4, -1, 5};

// A function that is called, local memory, structs, a switch, divergence, bytes.
extern "C" __global__ void mixture(const unsigned char *in, int *out, int pick) {
  Pair longest = {0, 7, {1, 2, 3, 4}};
  int order[8];
  for (int i = 0; i < 8; ++i)
    order[(i * pick) & 7] = in[8 * threadIndex() + i];
  int total = 0;
  for (int i = 0; i < 8; ++i) {
    const int value = order[i];
    switch (value % 7) {
    case 0: total += collatz(value + 1, &longest); break;
    case 1: total -= value; break;
    case 2: total ^= value << 3; break;
    case 3: total += weights[value % 5]; break;
    case 4: total = total * 31 + 7; break;
    case 5: if (value & 32) break; total += 1000; break;
    default: total += longest.c[value & 3];
    }
  }
  out[threadIndex()] = total + longest.a * longest.b;
}

// Each warp packs the signs of its numbers; the last block to come adds them up.
extern "C" __global__ void lastBlock(const int *in, int *signs, int *counter, int *out) {
  const int t = blockIndex() * blockSize() + threadIndex();
  const int mask = ballotOf(in[t] < 0);
  if (t % 32 == 0)
    signs[t / 32] = mask;
  fenceDevice();
  barrier();
  if (threadIndex() == 0)
    last = addAtomically(counter, 1) == 3;
  barrier();
  if (!last)
    return;
  fenceDevice();
  if (threadIndex() == 0) {
    int sum = 0;
    for (int i = 0; i < 8; ++i)
      for (int bits = signs[i]; bits; bits &= bits - 1)
        ++sum;
    *out = sum;
  }
}
