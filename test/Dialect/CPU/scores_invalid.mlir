// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @scores_c1(%packed: memref<2x64x12xf32>, %k: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %head:
                     memref<32xi32>, %pos: memref<32xi32>, %row: memref<32xi32>, %scores: memref<48x48xf32>, %m:
                     memref<32xf32>, %new: memref<32xf32>, %w: memref<4xf32>, %table: memref<80xf32>) {
  // expected-error @below {{packed must be f32 of the microkernel's shape, [2, 64, 16], got 'memref<2x64x12xf32>'}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%head, %pos, %row) into %scores maximum(%m, %new)
    params(%w : memref<4xf32>) tables(%table : memref<80xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, scale = 1.0 : f64, head_offset = 4 : i64, uniform_head}
    : memref<2x64x12xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x48xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf32>, %t: f32):
    %x = arith.addf %s, %t : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @scores_c1_dynamic(%packed: memref<?x64x16xf32>, %k: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %head:
                             memref<32xi32>, %pos: memref<32xi32>, %row: memref<32xi32>, %scores: memref<48x48xf32>, %m:
                             memref<32xf32>, %new: memref<32xf32>, %w: memref<4xf32>, %table: memref<80xf32>) {
  // expected-error @below {{packed must be f32 of the microkernel's shape, [2, 64, 16], got 'memref<?x64x16xf32>'}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%head, %pos, %row) into %scores maximum(%m, %new)
    params(%w : memref<4xf32>) tables(%table : memref<80xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, scale = 1.0 : f64, head_offset = 4 : i64, uniform_head}
    : memref<?x64x16xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x48xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf32>, %t: f32):
    %x = arith.addf %s, %t : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @scores_c1_keys(%packed: memref<2x64x16xf32>, %k: memref<?x64xf16>, %i: index, %head: memref<32xi32>, %pos:
                          memref<32xi32>, %row: memref<32xi32>, %scores: memref<48x48xf32>, %m: memref<32xf32>, %new:
                          memref<32xf32>, %w: memref<4xf32>, %table: memref<80xf32>) {
  // expected-error @below {{keys must be f32 [T', D], [any, any], got 'memref<?x64xf16>'}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%head, %pos, %row) into %scores maximum(%m, %new)
    params(%w : memref<4xf32>) tables(%table : memref<80xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, scale = 1.0 : f64, head_offset = 4 : i64, uniform_head}
    : memref<2x64x16xf32>, memref<?x64xf16>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x48xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf32>, %t: f32):
    %x = arith.addf %s, %t : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @scores_c2(%packed: memref<2x64x16xf32>, %k: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %head:
                     memref<64xi32>, %pos: memref<32xi32>, %row: memref<32xi32>, %scores: memref<48x48xf32>, %m:
                     memref<32xf32>, %new: memref<32xf32>, %w: memref<4xf32>, %table: memref<80xf32>) {
  // expected-error @below {{row_position must be i32 [R], [64], got 'memref<32xi32>'}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%head, %pos, %row) into %scores maximum(%m, %new)
    params(%w : memref<4xf32>) tables(%table : memref<80xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, scale = 1.0 : f64, head_offset = 4 : i64, uniform_head}
    : memref<2x64x16xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<64xi32>, memref<32xi32>, memref<32xi32>, memref<48x48xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf32>, %t: f32):
    %x = arith.addf %s, %t : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @scores_c3(%packed: memref<2x64x16xf32>, %k: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %head:
                     memref<32xi32>, %pos: memref<32xi32>, %row: memref<32xi32>, %scores: memref<48x12xf32>, %m:
                     memref<32xf32>, %new: memref<32xf32>, %w: memref<4xf32>, %table: memref<80xf32>) {
  // expected-error @below {{scores must have a static shape [T, S] with S of at least 16 rows, got 'memref<48x12xf32>'}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%head, %pos, %row) into %scores maximum(%m, %new)
    params(%w : memref<4xf32>) tables(%table : memref<80xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, scale = 1.0 : f64, head_offset = 4 : i64, uniform_head}
    : memref<2x64x16xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x12xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf32>, %t: f32):
    %x = arith.addf %s, %t : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @scores_c4(%packed: memref<2x64x16xf32>, %k: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %head:
                     memref<32xi32>, %pos: memref<32xi32>, %row: memref<32xi32>, %scores: memref<48x48xf32>, %m:
                     memref<32xf32>, %new: memref<32xf32>, %w: memref<4xf32>, %table: memref<72xf32>) {
  // expected-error @below {{table must be f32 [R + T] with at least 80 entries, got 'memref<72xf32>'}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%head, %pos, %row) into %scores maximum(%m, %new)
    params(%w : memref<4xf32>) tables(%table : memref<72xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, scale = 1.0 : f64, head_offset = 4 : i64, uniform_head}
    : memref<2x64x16xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x48xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf32>, %t: f32):
    %x = arith.addf %s, %t : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @scores_c4_pairs(%packed: memref<2x64x16xf32>, %k: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %head:
                           memref<32xi32>, %pos: memref<32xi32>, %row: memref<32xi32>, %scores: memref<48x48xf32>, %m:
                           memref<32xf32>, %new: memref<32xf32>, %w: memref<4xf32>, %table: memref<48x48xf32>) {
  // expected-error @below {{table must be f32 [T, R], [48, 32], got 'memref<48x48xf32>'}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%head, %pos, %row) into %scores maximum(%m, %new)
    params(%w : memref<4xf32>) tables(%table : memref<48x48xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, scale = 1.0 : f64, head_offset = 4 : i64, uniform_head}
    : memref<2x64x16xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x48xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf32>, %t: f32):
    %x = arith.addf %s, %t : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @scores_c5(%packed: memref<2x64x16xf32>, %k: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %head:
                     memref<32xi32>, %pos: memref<32xi32>, %row: memref<32xi32>, %scores: memref<48x48xf32>, %m:
                     memref<32xf32>, %new: memref<32xf32>, %w: memref<4xf32>, %table: memref<80xf32>) {
  // expected-error @below {{body must take ('f32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'memref<4xf32>', 'f32')}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%head, %pos, %row) into %scores maximum(%m, %new)
    params(%w : memref<4xf32>) tables(%table : memref<80xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, scale = 1.0 : f64, head_offset = 4 : i64, uniform_head}
    : memref<2x64x16xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x48xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %t: f32):
    %x = arith.addf %s, %t : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @scores_c6(%packed: memref<2x64x16xf32>, %k: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %head:
                     memref<32xi32>, %pos: memref<32xi32>, %row: memref<32xi32>, %scores: memref<48x48xf32>, %m:
                     memref<32xf32>, %new: memref<32xf32>, %w: memref<4xf64>, %table: memref<80xf32>) {
  // expected-error @below {{param 0 must be f32 or i32, or a ranked memref of these, got 'memref<4xf64>'}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%head, %pos, %row) into %scores maximum(%m, %new)
    params(%w : memref<4xf64>) tables(%table : memref<80xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, scale = 1.0 : f64, head_offset = 4 : i64, uniform_head}
    : memref<2x64x16xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x48xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf64>, %t: f32):
    %x = arith.addf %s, %t : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @scores_c6_modifier(%packed: memref<2x64x16xf32>, %k: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %head:
                     memref<32xi32>, %pos: memref<32xi32>, %row: memref<32xi32>, %scores: memref<48x48xf32>, %m:
                     memref<32xf32>, %new: memref<32xf32>, %w: memref<4xf32>, %table: memref<80xf32>) {
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%head, %pos, %row) into %scores maximum(%m, %new)
    params(%w : memref<4xf32>) tables(%table : memref<80xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, scale = 1.0 : f64, head_offset = 4 : i64, uniform_head}
    : memref<2x64x16xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x48xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf32>, %t: f32):
    // expected-error @below {{'attn.scale' op is a score modifier, which is in natural units, and the scores here are in base 2}}
    %x = attn.scale %s, 0.5
    tile.yield %x : f32
  }
  return
}

// -----

func.func @scores_c7(%packed: memref<2x64x16xf32>, %k: memref<?x64xf32, strided<[?, 1], offset: ?>>, %i: index, %head:
                     memref<32xi32>, %pos: memref<32xi32>, %row: memref<32xi32>, %scores: memref<48x48xf32>, %m:
                     memref<32xf32>, %new: memref<32xf32>, %w: memref<4xf32>, %table: memref<80xf32>) {
  // expected-error @below {{scale must be finite in float32}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%head, %pos, %row) into %scores maximum(%m, %new)
    params(%w : memref<4xf32>) tables(%table : memref<80xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, scale = 1.0e300 : f64, head_offset = 4 : i64, uniform_head}
    : memref<2x64x16xf32>, memref<?x64xf32, strided<[?, 1], offset: ?>>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x48xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %slopes: memref<4xf32>, %t: f32):
    %x = arith.addf %s, %t : f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @scores_c1_keys_in_lanes(%packed: memref<8x60xf32>, %k: memref<?x64xf16, strided<[?, 1], offset: ?>>, %i: index, %rows: memref<8xi32>, %scores: memref<8x64xf32>,
                  %m: memref<8xf32>, %sums: memref<8x2x8xf32>, %table: memref<8x64xf32>) {
  // expected-error @below {{packed must be f32 of the microkernel's shape, [8, 64], got 'memref<8x60xf32>'}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%rows, %rows, %rows) into %scores maximum(%m, %m)
    tables(%table : memref<8x64xf32>) scratch %sums : memref<8x2x8xf32> schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>)
    attributes {scale = 0.125 : f64, head_offset = 0 : i64}
    : memref<8x60xf32>, memref<?x64xf16, strided<[?, 1], offset: ?>>, memref<8xi32>, memref<8xi32>, memref<8xi32>, memref<8x64xf32>, memref<8xf32>, memref<8xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: f32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @scores_c1_keys_in_lanes_keys(%packed: memref<8x64xf32>, %k: memref<?x64xf64>, %i: index, %rows: memref<8xi32>, %scores: memref<8x64xf32>,
                  %m: memref<8xf32>, %sums: memref<8x2x8xf32>, %table: memref<8x64xf32>) {
  // expected-error @below {{keys must be f32, f16 or bf16 [T', D], [any, any], got 'memref<?x64xf64>'}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%rows, %rows, %rows) into %scores maximum(%m, %m)
    tables(%table : memref<8x64xf32>) scratch %sums : memref<8x2x8xf32> schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>)
    attributes {scale = 0.125 : f64, head_offset = 0 : i64}
    : memref<8x64xf32>, memref<?x64xf64>, memref<8xi32>, memref<8xi32>, memref<8xi32>, memref<8x64xf32>, memref<8xf32>, memref<8xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: f32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @scores_c3_keys_in_lanes(%packed: memref<8x64xf32>, %k: memref<?x64xf16, strided<[?, 1], offset: ?>>, %i: index, %rows: memref<8xi32>, %scores: memref<8x60xf32>,
                  %m: memref<8xf32>, %sums: memref<8x2x8xf32>, %table: memref<8x64xf32>) {
  // expected-error @below {{T must be a static multiple of 8, got 60}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%rows, %rows, %rows) into %scores maximum(%m, %m)
    tables(%table : memref<8x64xf32>) scratch %sums : memref<8x2x8xf32> schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>)
    attributes {scale = 0.125 : f64, head_offset = 0 : i64}
    : memref<8x64xf32>, memref<?x64xf16, strided<[?, 1], offset: ?>>, memref<8xi32>, memref<8xi32>, memref<8xi32>, memref<8x60xf32>, memref<8xf32>, memref<8xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: f32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @scores_c4_keys_in_lanes(%packed: memref<8x64xf32>, %k: memref<?x64xf16, strided<[?, 1], offset: ?>>, %i: index, %rows: memref<8xi32>, %scores: memref<8x64xf32>,
                  %m: memref<8xf32>, %sums: memref<8x2x8xf32>, %table: memref<72xf32>) {
  // expected-error @below {{table must be f32 [R, T] where lanes are keys, [8, 64], got 'memref<72xf32>'}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%rows, %rows, %rows) into %scores maximum(%m, %m)
    tables(%table : memref<72xf32>) scratch %sums : memref<8x2x8xf32> schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>)
    attributes {scale = 0.125 : f64, head_offset = 0 : i64}
    : memref<8x64xf32>, memref<?x64xf16, strided<[?, 1], offset: ?>>, memref<8xi32>, memref<8xi32>, memref<8xi32>, memref<8x64xf32>, memref<8xf32>, memref<8xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: f32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @scores_c8(%packed: memref<8x64xf32>, %k: memref<?x64xf16, strided<[?, 1], offset: ?>>, %i: index, %rows: memref<8xi32>, %scores: memref<8x64xf32>,
                  %m: memref<8xf32>, %sums: memref<8x2x8xf32>, %table: memref<8x64xf32>) {
  // expected-error @below {{needs scratch with #cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%rows, %rows, %rows) into %scores maximum(%m, %m)
    tables(%table : memref<8x64xf32>) schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>)
    attributes {scale = 0.125 : f64, head_offset = 0 : i64}
    : memref<8x64xf32>, memref<?x64xf16, strided<[?, 1], offset: ?>>, memref<8xi32>, memref<8xi32>, memref<8xi32>, memref<8x64xf32>, memref<8xf32>, memref<8xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: f32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @scores_c8_shape(%packed: memref<8x64xf32>, %k: memref<?x64xf16, strided<[?, 1], offset: ?>>, %i: index, %rows: memref<8xi32>, %scores: memref<8x64xf32>,
                  %m: memref<8xf32>, %sums: memref<8x8xf32>, %table: memref<8x64xf32>) {
  // expected-error @below {{scratch must be f32 of the microkernel's shape, [8, 2, 8], got 'memref<8x8xf32>'}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i rows(%rows, %rows, %rows) into %scores maximum(%m, %m)
    tables(%table : memref<8x64xf32>) scratch %sums : memref<8x8xf32> schedule(#cpu.keys_in_lanes<width = 8, streams = 4, rows = 2, value_keys = 8, value_vectors = 8, group_rows = 8>)
    attributes {scale = 0.125 : f64, head_offset = 0 : i64}
    : memref<8x64xf32>, memref<?x64xf16, strided<[?, 1], offset: ?>>, memref<8xi32>, memref<8xi32>, memref<8xi32>, memref<8x64xf32>, memref<8xf32>, memref<8xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32, %t: f32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @scores_c9(%packed: memref<2x64x16xf32>, %k: memref<?x64xf32>, %i: index, %rows: memref<32xi32>, %scores: memref<48x32xf32>, %m: memref<32xf32>) {
  // expected-error @below {{takes no key_end where the tile is full}}
  cpu.scores %packed, %k count %i first %i base %i batch %i from %i to %i key_end %i rows(%rows, %rows, %rows) into %scores maximum(%m, %m)
    schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {full, scale = 1.0 : f64, head_offset = 0 : i64}
    : memref<2x64x16xf32>, memref<?x64xf32>, memref<32xi32>, memref<32xi32>, memref<32xi32>, memref<48x32xf32>, memref<32xf32>, memref<32xf32> {
  ^bb0(%s: f32, %b: i32, %h: i32, %p: i32, %j: i32, %qi: i32, %ki: i32):
    tile.yield %s : f32
  }
  return
}
