// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @tabulate_c1(%table: memref<80xf32>, %i: index, %head: memref<32xi32>, %pos: memref<?xi32>, %w: memref<4xf32>) {
  // expected-error @below {{row_position must be i32 [R], [32], got 'memref<?xi32>'}}
  cpu.tabulate %table count %i first %i base %i batch %i rows(%head, %pos) params(%w : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {head_offset = 0 : i64} : memref<80xf32>, memref<32xi32>, memref<?xi32> {
  ^bb0(%b: i32, %h: i32, %d: i32, %slopes: memref<4xf32>):
    %x = arith.sitofp %d : i32 to f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @tabulate_c1_rows(%table: memref<80xf32>, %i: index, %head: memref<?xi32>, %pos: memref<32xi32>, %w: memref<4xf32>) {
  // expected-error @below {{R must be a static multiple of 8, got a dynamic size}}
  cpu.tabulate %table count %i first %i base %i batch %i rows(%head, %pos) params(%w : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {head_offset = 0 : i64} : memref<80xf32>, memref<?xi32>, memref<32xi32> {
  ^bb0(%b: i32, %h: i32, %d: i32, %slopes: memref<4xf32>):
    %x = arith.sitofp %d : i32 to f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @tabulate_c2(%table: memref<32xf32>, %i: index, %head: memref<32xi32>, %pos: memref<32xi32>, %w: memref<4xf32>) {
  // expected-error @below {{table must be f32 [R + T] with keys besides its 32 rows, got 'memref<32xf32>'}}
  cpu.tabulate %table count %i first %i base %i batch %i rows(%head, %pos) params(%w : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {head_offset = 0 : i64} : memref<32xf32>, memref<32xi32>, memref<32xi32> {
  ^bb0(%b: i32, %h: i32, %d: i32, %slopes: memref<4xf32>):
    %x = arith.sitofp %d : i32 to f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @tabulate_c2_lanes(%table: memref<79xf32>, %i: index, %head: memref<32xi32>, %pos: memref<32xi32>, %w: memref<4xf32>) {
  // expected-error @below {{R + T must be a static multiple of 8, got 79}}
  cpu.tabulate %table count %i first %i base %i batch %i rows(%head, %pos) params(%w : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {head_offset = 0 : i64} : memref<79xf32>, memref<32xi32>, memref<32xi32> {
  ^bb0(%b: i32, %h: i32, %d: i32, %slopes: memref<4xf32>):
    %x = arith.sitofp %d : i32 to f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @tabulate_c2_pairs(%table: memref<48x16xf32>, %i: index, %head: memref<32xi32>, %pos: memref<32xi32>, %w: memref<4xf32>) {
  // expected-error @below {{table must be f32 [R + T] or [T, R], [any, 32], got 'memref<48x16xf32>'}}
  cpu.tabulate %table count %i first %i base %i batch %i rows(%head, %pos) params(%w : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {head_offset = 0 : i64} : memref<48x16xf32>, memref<32xi32>, memref<32xi32> {
  ^bb0(%b: i32, %h: i32, %d: i32, %slopes: memref<4xf32>):
    %x = arith.sitofp %d : i32 to f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @tabulate_c3(%table: memref<80xf32>, %i: index, %head: memref<32xi32>, %pos: memref<32xi32>, %w: memref<4xf32>) {
  // expected-error @below {{body must take ('i32', 'i32', 'i32', 'memref<4xf32>')}}
  cpu.tabulate %table count %i first %i base %i batch %i rows(%head, %pos) params(%w : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {head_offset = 0 : i64} : memref<80xf32>, memref<32xi32>, memref<32xi32> {
  ^bb0(%b: i32, %h: i32, %d: i32):
    %x = arith.sitofp %d : i32 to f32
    tile.yield %x : f32
  }
  return
}

// -----

func.func @tabulate_c3_yield(%table: memref<80xf32>, %i: index, %head: memref<32xi32>, %pos: memref<32xi32>, %w: memref<4xf32>) {
  // expected-error @below {{body must yield one f32}}
  cpu.tabulate %table count %i first %i base %i batch %i rows(%head, %pos) params(%w : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {head_offset = 0 : i64} : memref<80xf32>, memref<32xi32>, memref<32xi32> {
  ^bb0(%b: i32, %h: i32, %d: i32, %slopes: memref<4xf32>):
    tile.yield %d : i32
  }
  return
}

// -----

func.func @tabulate_c4(%table: memref<80xf32>, %i: index, %head: memref<32xi32>, %pos: memref<32xi32>, %w: memref<4xf32>) {
  cpu.tabulate %table count %i first %i base %i batch %i rows(%head, %pos) params(%w : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {head_offset = 0 : i64} : memref<80xf32>, memref<32xi32>, memref<32xi32> {
  ^bb0(%b: i32, %h: i32, %d: i32, %slopes: memref<4xf32>):
    %c0 = arith.constant 0 : index
    // expected-error @below {{'memref.load' op is not allowed in a score body}}
    %x = memref.load %slopes[%c0] : memref<4xf32>
    tile.yield %x : f32
  }
  return
}

// -----

func.func @tabulate_c4_modifier(%table: memref<80xf32>, %i: index, %head: memref<32xi32>, %pos: memref<32xi32>, %w: memref<4xf32>) {
  cpu.tabulate %table count %i first %i base %i batch %i rows(%head, %pos) params(%w : memref<4xf32>) schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>)
    attributes {head_offset = 0 : i64} : memref<80xf32>, memref<32xi32>, memref<32xi32> {
  ^bb0(%b: i32, %h: i32, %d: i32, %slopes: memref<4xf32>):
    %c = arith.constant 0.5 : f32
    // expected-error @below {{'attn.scale' op is a score modifier, which is in natural units, and the scores here are in base 2}}
    %x = attn.scale %c, 0.5
    tile.yield %x : f32
  }
  return
}
