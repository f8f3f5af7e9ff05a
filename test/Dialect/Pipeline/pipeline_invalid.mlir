// RUN: camber-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{stages must be in 1 … 8, got 9}}
func.func private @ring_c1(!pipeline.ring<9 x 64x64xf16>)

// -----

// expected-error @below {{rows and columns must be in 1 … 2^24-1, got 0 and 64}}
func.func private @slot_c1(!pipeline.stage<0x64xf16>)

// -----

// expected-error @below {{elements must be f32, f16 or bf16, got 'i8'}}
func.func private @slot_c2(!pipeline.stage<64x64xi8>)

// -----

// expected-error @below {{a row must be a multiple of 16 bytes, got 12 'f16'}}
func.func private @slot_c2_row(!pipeline.stage<64x12xf16>)

// -----

func.func private @schedule_c1() attributes {
  // expected-error @below {{warps must be in 1 … 16, got 17}}
  schedule = #pipeline.schedule<warps = 17>}

// -----

func.func private @schedule_c2() attributes {
  // expected-error @below {{stages must be in 1 … 8, got 0}}
  schedule = #pipeline.schedule<warps = 4, value_stages = 0>}

// -----

func.func private @schedule_c3() attributes {
  // expected-error @below {{k_unroll must be in 0 … 8, got 9}}
  schedule = #pipeline.schedule<warps = 4, k_unroll = 9>}

// -----

func.func @instance_c1(%n: index) {
  // expected-error @below {{rows must be those of the geometry, 32, got '!tile.rows<64>'}}
  %batch, %head, %rows, %split = pipeline.program_id q_len %n splits %n <heads = 8, kv_heads = 4, head_dim = 64, rows = 32, keys = 32, packed = true> : <64>
  return
}

// -----

func.func @slot_op_c1(%ring: !pipeline.ring<2 x 32x64xf16>, %n: index) {
  // expected-error @below {{stage must have the rows, columns and elements of '!pipeline.ring<2 x 32x64xf16>', got '!pipeline.stage<32x64xbf16>'}}
  %0 = pipeline.stage %ring[%n] : <2 x 32x64xf16> -> <32x64xbf16>
  return
}

// -----

func.func @copy_rows_c1(%q: memref<2x8x100x64xf16>, %rows: !tile.rows<64>, %stage: !pipeline.stage<32x64xf16>, %n: index) {
  // expected-error @below {{stage must have as many rows as the block, 64, got '!pipeline.stage<32x64xf16>'}}
  pipeline.copy_rows %q[%n, %rows] to %stage : memref<2x8x100x64xf16>, <64> -> <32x64xf16>
  %0 = pipeline.commit %stage : <32x64xf16>
  return
}

// -----

func.func @copy_keys_c1(%k: memref<2x8x100x64xbf16>, %stage: !pipeline.stage<32x64xf16>, %n: index) {
  // expected-error @below {{source must be [batch, heads, length, 64] of 'f16', got 'memref<2x8x100x64xbf16>'}}
  pipeline.copy_keys %k[%n, %n, %n] count %n to %stage : memref<2x8x100x64xbf16> -> <32x64xf16>
  %0 = pipeline.commit %stage : <32x64xf16>
  return
}

// -----

func.func @dot_c1(%q: !pipeline.stage<64x64xf16>, %k: !pipeline.stage<32x80xf16>) {
  // expected-error @below {{rows and keys must agree in columns and elements}}
  %0, %done = pipeline.dot %q, %k : <64x64xf16>, <32x80xf16> -> <64x32xf32>
  return
}

// -----

func.func @dot_c1_scores(%q: !pipeline.stage<64x64xf16>, %k: !pipeline.stage<32x64xf16>) {
  // expected-error @below {{scores must be [64, 32], got '!tile.tile<32x64xf32>'}}
  %0, %done = pipeline.dot %q, %k : <64x64xf16>, <32x64xf16> -> <32x64xf32>
  return
}

// -----

func.func @dot_c2(%q: !pipeline.stage<64x64xf16>, %k: !pipeline.stage<32x64xf16>) {
  // expected-error @below {{scale must be finite in float32}}
  %0, %done = pipeline.dot %q, %k scale 1.0e300 : <64x64xf16>, <32x64xf16> -> <64x32xf32>
  return
}

// -----

func.func @accumulate_c1(%p: !tile.tile<64x16xf32>, %v: !pipeline.stage<32x64xf16>, %o: !tile.tile<64x64xf32>, %d: !tile.tile<64xf32>) {
  // expected-error @below {{p must be [rows, 32], got '!tile.tile<64x16xf32>'}}
  %0, %done = pipeline.accumulate %p, %v into %o rescale %d : <64x16xf32>, <32x64xf16>, <64x64xf32>, <64xf32>
  return
}

// -----

func.func @accumulate_c1_output(%p: !tile.tile<64x32xf32>, %v: !pipeline.stage<32x64xf16>, %o: !tile.tile<64x80xf32>, %d: !tile.tile<64xf32>) {
  // expected-error @below {{output must be [64, 64], got '!tile.tile<64x80xf32>'}}
  %0, %done = pipeline.accumulate %p, %v into %o rescale %d : <64x32xf32>, <32x64xf16>, <64x80xf32>, <64xf32>
  return
}

// -----

func.func @accumulate_c1_decay(%p: !tile.tile<64x32xf32>, %v: !pipeline.stage<32x64xf16>, %o: !tile.tile<64x64xf32>, %d: !tile.tile<32xf32>) {
  // expected-error @below {{rescale must be [64], got '!tile.tile<32xf32>'}}
  %0, %done = pipeline.accumulate %p, %v into %o rescale %d : <64x32xf32>, <32x64xf16>, <64x64xf32>, <32xf32>
  return
}

// -----

func.func @finish_c1(%rows: !tile.rows<64>, %n: index, %m: !tile.tile<32xf32>, %s: !tile.tile<64xf32>, %r: !tile.tile<64x64xf32>,
                     %o: memref<2x8x100x64xf16>, %partials: memref<?xf32>) {
  // expected-error @below {{maximum must be [64], got '!tile.tile<32xf32>'}}
  pipeline.epilogue %rows batch %n kv_head %n split %n of %n state(%m, %s, %r : <32xf32>, <64xf32>, <64x64xf32>)
    outs(%o : memref<2x8x100x64xf16>) partials(%partials : memref<?xf32>) : <64>
  return
}

// -----

func.func @finish_c1_output(%rows: !tile.rows<64>, %n: index, %m: !tile.tile<64xf32>, %s: !tile.tile<64xf32>, %r: !tile.tile<32x64xf32>,
                            %o: memref<2x8x100x64xf16>, %partials: memref<?xf32>) {
  // expected-error @below {{output must be [64, head dim], got '!tile.tile<32x64xf32>'}}
  pipeline.epilogue %rows batch %n kv_head %n split %n of %n state(%m, %s, %r : <64xf32>, <64xf32>, <32x64xf32>)
    outs(%o : memref<2x8x100x64xf16>) partials(%partials : memref<?xf32>) : <64>
  return
}

// -----

func.func @finish_c2(%rows: !tile.rows<64>, %n: index, %m: !tile.tile<64xf32>, %s: !tile.tile<64xf32>, %r: !tile.tile<64x64xf32>,
                     %o: memref<2x8x100x80xf16>, %partials: memref<?xf32>) {
  // expected-error @below {{destination must be [batch, heads, length, 64] of f32, f16 or bf16, got 'memref<2x8x100x80xf16>'}}
  pipeline.epilogue %rows batch %n kv_head %n split %n of %n state(%m, %s, %r : <64xf32>, <64xf32>, <64x64xf32>)
    outs(%o : memref<2x8x100x80xf16>) partials(%partials : memref<?xf32>) : <64>
  return
}

// -----

func.func @finish_c2_lse(%rows: !tile.rows<64>, %n: index, %m: !tile.tile<64xf32>, %s: !tile.tile<64xf32>, %r: !tile.tile<64x64xf32>,
                         %o: memref<2x8x100x64xf16>, %lse: memref<2x8x100xf16>, %partials: memref<?xf32>) {
  // expected-error @below {{lse must be [batch, heads, length] of f32, got 'memref<2x8x100xf16>'}}
  pipeline.epilogue %rows batch %n kv_head %n split %n of %n state(%m, %s, %r : <64xf32>, <64xf32>, <64x64xf32>)
    outs(%o : memref<2x8x100x64xf16>) lse(%lse : memref<2x8x100xf16>) partials(%partials : memref<?xf32>) : <64>
  return
}

// -----

func.func @finish_c2_partials(%rows: !tile.rows<64>, %n: index, %m: !tile.tile<64xf32>, %s: !tile.tile<64xf32>, %r: !tile.tile<64x64xf32>,
                              %o: memref<2x8x100x64xf16>, %partials: memref<?xf16>) {
  // expected-error @below {{partials must be f32 of rank 1, got 'memref<?xf16>'}}
  pipeline.epilogue %rows batch %n kv_head %n split %n of %n state(%m, %s, %r : <64xf32>, <64xf32>, <64x64xf32>)
    outs(%o : memref<2x8x100x64xf16>) partials(%partials : memref<?xf16>) : <64>
  return
}

// -----

func.func @row_norms_c1(%q: !pipeline.stage<64x128xf16>) {
  // expected-error @below {{norms must be [64], got '!tile.tile<32xf32>'}}
  %0 = pipeline.row_norms %q : <64x128xf16> -> <32xf32>
  return
}

// -----

func.func @key_norms_c1(%k: memref<2x8x100x?xf16>, %n: index, %norms: memref<2x?xf32>) {
  // expected-error @below {{source must be [batch, kv heads, length, head dim] of f32, f16 or bf16 with a static head dim, got 'memref<2x8x100x?xf16>'}}
  pipeline.key_norms %k[%n, %n] keys %n to %n into %norms : memref<2x8x100x?xf16>, memref<2x?xf32>
  return
}

// -----

func.func @key_norms_c2(%k: memref<2x8x100x64xf16>, %n: index, %norms: memref<3x?xf32>) {
  // expected-error @below {{norms must be [2, blocks] of f32, got 'memref<3x?xf32>'}}
  pipeline.key_norms %k[%n, %n] keys %n to %n into %norms : memref<2x8x100x64xf16>, memref<3x?xf32>
  return
}

// -----

func.func @key_norms_c3(%k: memref<2x8x100x64xf16>, %n: index, %norms: memref<2x?xf32>, %given: memref<2x8x2xf16>) {
  // expected-error @below {{given must be [batch, kv heads, blocks] of f32, got 'memref<2x8x2xf16>'}}
  pipeline.key_norms %k[%n, %n] keys %n to %n into %norms given(%given : memref<2x8x2xf16>) : memref<2x8x100x64xf16>, memref<2x?xf32>
  return
}

// -----

func.func @merge_c1(%rows: !tile.rows<64>, %n: index, %o: memref<2x8x100x?xf16>, %partials: memref<?xf32>) {
  // expected-error @below {{destination must have a static head dim, got 'memref<2x8x100x?xf16>'}}
  pipeline.combine %rows batch %n kv_head %n splits %n outs(%o : memref<2x8x100x?xf16>) partials(%partials : memref<?xf32>) : <64>
  return
}

// -----

func.func @merge_c1_partials(%rows: !tile.rows<64>, %n: index, %o: memref<2x8x100x64xf16>, %partials: memref<?x?xf32>) {
  // expected-error @below {{partials must be f32 of rank 1, got 'memref<?x?xf32>'}}
  pipeline.combine %rows batch %n kv_head %n splits %n outs(%o : memref<2x8x100x64xf16>) partials(%partials : memref<?x?xf32>) : <64>
  return
}

// -----

func.func @dot_c1_line(%q: !pipeline.stage<64x64xf16>, %k: !pipeline.stage<32x64xf16>, %line: !tile.tile<32xf32>) {
  // expected-error @below {{line must be [64], got '!tile.tile<32xf32>'}}
  %0, %done = pipeline.dot %q, %k line(%line : !tile.tile<32xf32>) : <64x64xf16>, <32x64xf16> -> <64x32xf32>
  return
}

// -----

func.func @dot_c3(%q: !pipeline.stage<64x64xf32>, %k: !pipeline.stage<32x64xf32>, %line: !tile.tile<64xf32>) {
  // expected-error @below {{a line needs elements of 16 bits, got '!pipeline.stage<64x64xf32>'}}
  %0, %done = pipeline.dot %q, %k line(%line : !tile.tile<64xf32>) : <64x64xf32>, <32x64xf32> -> <64x32xf32>
  return
}

// -----

func.func @softmax_update_c1(%s: !tile.tile<64x32xf32>, %m: !tile.tile<64xf32>) {
  // expected-error @below {{scores and p must be [rows, keys], got '!tile.tile<64x32xf32>' and '!tile.tile<64x16xf32>'}}
  %p, %n, %u, %d = pipeline.softmax_update %s, %m, %m : <64x32xf32>, <64xf32>, <64xf32> -> <64x16xf32>, <64xf32>, <64xf32>, <64xf32>
  return
}

// -----

func.func @softmax_update_c1_offset(%s: !tile.tile<64x32xf32>, %m: !tile.tile<64xf32>, %o: !tile.tile<32xf32>) {
  // expected-error @below {{offset must be [64], got '!tile.tile<32xf32>'}}
  %p, %n, %u, %d = pipeline.softmax_update %s, %m, %m offset(%o : !tile.tile<32xf32>)
    : <64x32xf32>, <64xf32>, <64xf32> -> <64x32xf32>, <64xf32>, <64xf32>, <64xf32>
  return
}

// -----

func.func @softmax_update_c2(%s: !tile.tile<64x32xf32>, %m: !tile.tile<64xf32>) {
  // expected-error @below {{scale must be above 0 and finite in float32}}
  %p, %n, %u, %d = pipeline.softmax_update %s, %m, %m scale -1.0 : <64x32xf32>, <64xf32>, <64xf32> -> <64x32xf32>, <64xf32>, <64xf32>, <64xf32>
  return
}

// -----

func.func @row_values_c1(%rows: !tile.rows<64>, %n: index) {
  // expected-error @below {{region must take (i32, i32, params…) and yield one f32}}
  %0 = pipeline.row_values %rows batch %n : <64> -> <64xf32> {
  ^bb0(%batch: i32):
    %x = arith.constant 1.0 : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @row_values_c2(%rows: !tile.rows<64>, %n: index) {
  // expected-error @below {{values must be [64], got '!tile.tile<32xf32>'}}
  %0 = pipeline.row_values %rows batch %n : <64> -> <32xf32> {
  ^bb0(%batch: i32, %head: i32):
    %x = arith.constant 1.0 : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @row_values_c3(%rows: !tile.rows<64>, %n: index, %m: memref<4xf32>) {
  %0 = pipeline.row_values %rows batch %n params(%m : memref<4xf32>) : <64> -> <64xf32> {
  ^bb0(%batch: i32, %head: i32, %table: memref<4xf32>):
    %c0 = arith.constant 0 : index
    // expected-error @below {{'memref.load' op is not allowed in a score body}}
    %x = memref.load %table[%c0] : memref<4xf32>
    tile.yield %x : f32
  }
  return
}

// -----

func.func @row_values_c3_modifier(%rows: !tile.rows<64>, %n: index) {
  %0 = pipeline.row_values %rows batch %n : <64> -> <64xf32> {
  ^bb0(%batch: i32, %head: i32):
    %x = arith.constant 1.0 : f32
    // expected-error @below {{'attn.scale' op is a score modifier, which is in natural units, and the scores here are in base 2}}
    %y = attn.scale %x, 0.5
    tile.yield %y : f32
  }
  return
}

// -----

func.func @row_values_c3_params(%rows: !tile.rows<64>, %n: index, %m: tensor<4xf32>) {
  // expected-error @below {{param 0 must be f32 or i32, or a ranked memref of these, got 'tensor<4xf32>'}}
  %0 = pipeline.row_values %rows batch %n params(%m : tensor<4xf32>) : <64> -> <64xf32> {
  ^bb0(%batch: i32, %head: i32, %table: tensor<4xf32>):
    %x = arith.constant 1.0 : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @row_offsets_c1(%rows: !tile.rows<64>, %n: index, %slopes: !tile.tile<32xf32>) {
  // expected-error @below {{slopes must be [64], got '!tile.tile<32xf32>'}}
  %0 = pipeline.row_offsets %slopes rows %rows query_base %n keys %n key_base %n : <32xf32>, <64>
  return
}

// -----

func.func @table_c1_space() {
  // expected-error @below {{table must be a memref of f32 of one static dimension in memory space 3, got 'memref<96xf32>'}}
  %table = pipeline.table : memref<96xf32>
  return
}

// -----

func.func @table_c1_rank() {
  // expected-error @below {{table must be a memref of f32 of one static dimension in memory space 3, got 'memref<2x96xf32, 3>'}}
  %table = pipeline.table : memref<2x96xf32, 3>
  return
}

// -----

func.func @tabulate_c1(%table: memref<?xf32, 3>, %least: i32, %n: index) {
  // expected-error @below {{table must be a memref of f32 of one static dimension in memory space 3, got 'memref<?xf32, 3>'}}
  pipeline.tabulate %table from %least batch %n head %least : memref<?xf32, 3> {
  ^bb0(%batch: i32, %head: i32, %distance: i32):
    %x = arith.constant 1.0 : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @tabulate_c2(%table: memref<96xf32, 3>, %least: i32, %n: index) {
  // expected-error @below {{region must take (i32, i32, i32, params…) and yield one f32}}
  pipeline.tabulate %table from %least batch %n head %least : memref<96xf32, 3> {
  ^bb0(%batch: i32, %head: i32):
    %x = arith.constant 1.0 : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @tabulate_c3(%table: memref<96xf32, 3>, %least: i32, %n: index) {
  pipeline.tabulate %table from %least batch %n head %least : memref<96xf32, 3> {
  ^bb0(%batch: i32, %head: i32, %distance: i32):
    // expected-error @below {{is not allowed in a score body}}
    pipeline.barrier
    %x = arith.constant 1.0 : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @tabulate_c3_modifier(%table: memref<96xf32, 3>, %least: i32, %n: index) {
  pipeline.tabulate %table from %least batch %n head %least : memref<96xf32, 3> {
  ^bb0(%batch: i32, %head: i32, %distance: i32):
    %c = arith.constant 1.0 : f32
    // expected-error @below {{'attn.scale' op is a score modifier, which is in natural units, and the scores here are in base 2}}
    %x = attn.scale %c, 0.5
    tile.yield %x : f32
  }
  return
}

// -----

func.func @tabulate_c3_params(%table: memref<96xf32, 3>, %least: i32, %n: index) {
  // expected-error @below {{param 0 must be f32 or i32, or a ranked memref of these, got 'index'}}
  pipeline.tabulate %table from %least batch %n head %least params(%n : index) : memref<96xf32, 3> {
  ^bb0(%batch: i32, %head: i32, %distance: i32, %i: index):
    %x = arith.constant 1.0 : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @entry_c1(%table: memref<96xf16, 3>, %least: i32) {
  // expected-error @below {{table must be a memref of f32 of one static dimension in memory space 3, got 'memref<96xf16, 3>'}}
  %x = pipeline.entry %table from %least at(%least, %least) : memref<96xf16, 3>
  return
}

// -----

func.func @entry_c2_place(%table: memref<96xf32, 3>, %least: i32) {
  // expected-error @below {{must be in a tile.score}}
  %x = pipeline.entry %table from %least at(%least, %least) : memref<96xf32, 3>
  return
}

// -----

func.func @entry_c2_params(%scores: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %n: index, %table: memref<160xf32, 3>, %least: i32) {
  %0 = tile.score %scores rows %rows batch %n kv_head %n query_base %n keys %n key_base %n params(%table, %least : memref<160xf32, 3>, i32)
      : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %t: memref<160xf32, 3>, %from: i32):
    // expected-error @below {{must read a param of the tile.score that is a pipeline.table, from another param}}
    %e = pipeline.entry %t from %p at(%p, %j) : memref<160xf32, 3>
    tile.yield %e : f32
  }
  return
}

// -----

func.func @entry_c3(%scores: !tile.tile<64x64xf32>, %rows: !tile.rows<64>, %n: index, %table: memref<160xf32, 3>, %least: i32) {
  %0 = tile.score %scores rows %rows batch %n kv_head %n query_base %n keys %n key_base %n params(%table, %least : memref<160xf32, 3>, i32)
      : !tile.tile<64x64xf32>, !tile.rows<64> -> !tile.tile<64x64xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %query: i32, %key: i32, %t: memref<160xf32, 3>, %from: i32):
    // expected-error @below {{must be at the positions of query and key that the body is given}}
    %e = pipeline.entry %t from %from at(%j, %p) : memref<160xf32, 3>
    tile.yield %e : f32
  }
  return
}
