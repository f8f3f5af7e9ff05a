// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// With q = 0 and no bias but 0, the output is the mean of the values.
#include "demo.hpp"
#include <atomic>
#include <cstdio>
#include <thread>

/// Two threads that pull tasks.
static camber::executor twoThreads() {
  return {2, [](int64_t tasks, const std::function<void(int64_t, int)> &run) {
            std::atomic<int64_t> next{0};
            auto work = [&](int thread) {
              for (int64_t task; (task = next++) < tasks;)
                run(task, thread);
            };
            std::thread other(work, 1);
            work(0);
            other.join();
          }};
}

int main() {
  camber::workspace memory;
  std::vector<float> q(64), k(160), v(160), o(64), table(32 * 4), lse(4);
  v[0] = 3;
  single::operands one;
  one.q = {q.data(), {1, 1, 1, 16}};
  one.k = {k.data(), {1, 1, 1, 16}};
  one.v = {v.data(), {1, 1, 1, 16}};
  one.o = {o.data(), {1, 1, 1, 16}};
  single::call(one, memory);
  std::printf("one kernel: %g\n", o[0]);

  // Values of two kv heads, the second with 5 in a layout with the key dimension outermost.
  for (int j = 0; j < 4; ++j)
    v[j * 32] = 3, v[j * 32 + 16] = 5;
  decoder::operands<float> x;
  x.q = {q.data(), {1, 4, 1, 16}};
  x.k = {k.data(), {1, 2, 4, 16}};
  x.v = {v.data(), {1, 2, 4, 16}, {128, 16, 32, 1}};
  x.table = {table.data(), {32, 4}};
  x.o = {o.data(), {1, 4, 1, 16}};
  x.lse = {lse.data(), {1, 4, 1}};
  decoder::call(x, memory);
  std::printf("family, f32: %g %g\n", o[0], o[32]);

  std::vector<camber::bf16> narrow(160, camber::bf16{0}), result(64);
  for (int i = 0; i < 160; i += 16)
    narrow[i].bits = 0x4040; // 3
  decoder::operands<camber::bf16> y;
  std::vector<camber::bf16> zero(160, camber::bf16{0});
  y.q = {zero.data(), {1, 4, 1, 16}};
  y.k = {zero.data(), {1, 2, 4, 16}};
  y.v = {narrow.data(), {1, 2, 4, 16}};
  y.table = x.table;
  y.o = {result.data(), {1, 4, 1, 16}};
  y.lse = x.lse;
  decoder::call(y, memory);
  std::printf("family, bf16: %#x\n", result[0].bits);

  o.assign(64, 0);
  decoder::call(x, memory, twoThreads());
  std::printf("two threads: %g %g\n", o[0], o[32]);

  auto report = [&](auto &operands) {
    try {
      decoder::call(operands, memory);
    } catch (const camber::error &error) {
      std::printf("%d %s\n", error.status, error.what());
    }
  };
  decoder::operands<float> wrong = x;
  wrong.v = {v.data(), {1, 2, 5, 16}};
  report(wrong);
  std::vector<camber::f16> half(64);
  decoder::operands<camber::f16> none; // there is no kernel for f16
  none.q = {half.data(), {1, 4, 1, 16}};
  none.k = none.v = {half.data(), {1, 2, 1, 16}};
  none.table = x.table;
  none.o = {half.data(), {1, 4, 1, 16}};
  none.lse = x.lse;
  report(none);
  std::printf("without exceptions: %d\n", decoder::try_call(wrong, memory));
}
