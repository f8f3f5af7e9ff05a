// RUN: camber-opt %s --choose-schedule=target=x86-64-v3 --verify-diagnostics

func.func @head_dim(%n: index) {
  // expected-error @below {{head dim 60 has no kernel on x86-64-v3, which supports multiples of 16 from 16 to 256}}
  tile.kernel batch(%n) q_len(%n) <heads = 2, kv_heads = 2, head_dim = 60, rows = 64, keys = 64, packed = false> {
  ^bb0(%b: index, %g: index, %rows: !tile.rows<64>, %split: index, %splits: index):
  }
  return
}
