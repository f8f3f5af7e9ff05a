// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @state_bound_c1(%i: index, %heads: memref<16xf32>, %rows: memref<16xi32>, %n: memref<16xf32>, %k: memref<2x?xf32>, %m: memref<16xf32>, %l: memref<16xf32>, %slopes: memref<4xf32>) {
  // expected-error @below {{row_head must be i32 [R], [any], got 'memref<16xf32>'}}
  cpu.state_bound keys %i to %i base %i batch %i rows(%heads, %rows) count %i norms(%n, %k) into %m, %l params(%slopes : memref<4xf32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head}
         : memref<16xf32>, memref<16xi32>, memref<16xf32>, memref<2x?xf32>, memref<16xf32>, memref<16xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %w: memref<4xf32>):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32, %w: memref<4xf32>):
    tile.yield %limit : f32
  }
  return
}

// -----

func.func @state_bound_c1_rows(%i: index, %heads: memref<12xi32>, %rows: memref<16xi32>, %n: memref<16xf32>, %k: memref<2x?xf32>, %m: memref<16xf32>, %l: memref<16xf32>, %slopes: memref<4xf32>) {
  // expected-error @below {{R must be a static multiple of 8, got 12}}
  cpu.state_bound keys %i to %i base %i batch %i rows(%heads, %rows) count %i norms(%n, %k) into %m, %l params(%slopes : memref<4xf32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head}
         : memref<12xi32>, memref<16xi32>, memref<16xf32>, memref<2x?xf32>, memref<16xf32>, memref<16xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %w: memref<4xf32>):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32, %w: memref<4xf32>):
    tile.yield %limit : f32
  }
  return
}

// -----

func.func @state_bound_c1_state(%i: index, %heads: memref<16xi32>, %rows: memref<16xi32>, %n: memref<16xf32>, %k: memref<2x?xf32>, %m: memref<16xf32>, %l: memref<8xf32>, %slopes: memref<4xf32>) {
  // expected-error @below {{sum must be f32 [R], [16], got 'memref<8xf32>'}}
  cpu.state_bound keys %i to %i base %i batch %i rows(%heads, %rows) count %i norms(%n, %k) into %m, %l params(%slopes : memref<4xf32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head}
         : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<2x?xf32>, memref<16xf32>, memref<8xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %w: memref<4xf32>):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32, %w: memref<4xf32>):
    tile.yield %limit : f32
  }
  return
}

// -----

func.func @state_bound_c2(%i: index, %heads: memref<16xi32>, %rows: memref<16xi32>, %n: memref<16xf32>, %k: memref<?xf32>, %m: memref<16xf32>, %l: memref<16xf32>, %slopes: memref<4xf32>) {
  // expected-error @below {{key_norms must be f32 [2, blocks], [2, any], got 'memref<?xf32>'}}
  cpu.state_bound keys %i to %i base %i batch %i rows(%heads, %rows) count %i norms(%n, %k) into %m, %l params(%slopes : memref<4xf32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head}
         : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<?xf32>, memref<16xf32>, memref<16xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %w: memref<4xf32>):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32, %w: memref<4xf32>):
    tile.yield %limit : f32
  }
  return
}

// -----

func.func @state_bound_c3(%i: index, %heads: memref<16xi32>, %rows: memref<16xi32>, %n: memref<16xf32>, %k: memref<2x?xf32>, %m: memref<16xf32>, %l: memref<16xf32>, %slopes: memref<4xf32>) {
  // expected-error @below {{nearest must take (i32, i32, i32, i32, i32, params…) and yield one i32}}
  cpu.state_bound keys %i to %i base %i batch %i rows(%heads, %rows) count %i norms(%n, %k) into %m, %l params(%slopes : memref<4xf32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head}
         : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<2x?xf32>, memref<16xf32>, memref<16xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %w: memref<4xf32>):
    tile.yield %p, %p : i32, i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32, %w: memref<4xf32>):
    tile.yield %limit : f32
  }
  return
}

// -----

func.func @state_bound_c3_score(%i: index, %heads: memref<16xi32>, %rows: memref<16xi32>, %n: memref<16xf32>, %k: memref<2x?xf32>, %m: memref<16xf32>, %l: memref<16xf32>, %slopes: memref<4xf32>) {
  // expected-error @below {{body must take ('f32', 'i32', 'i32', 'i32', 'i32', 'memref<4xf32>')}}
  cpu.state_bound keys %i to %i base %i batch %i rows(%heads, %rows) count %i norms(%n, %k) into %m, %l params(%slopes : memref<4xf32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head}
         : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<2x?xf32>, memref<16xf32>, memref<16xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %w: memref<4xf32>):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32):
    tile.yield %limit : f32
  }
  return
}

// -----

func.func @state_bound_c4(%i: index, %heads: memref<16xi32>, %rows: memref<16xi32>, %n: memref<16xf32>, %k: memref<2x?xf32>, %m: memref<16xf32>, %l: memref<16xf32>, %slopes: memref<4xf32>) {
  cpu.state_bound keys %i to %i base %i batch %i rows(%heads, %rows) count %i norms(%n, %k) into %m, %l params(%slopes : memref<4xf32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head}
         : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<2x?xf32>, memref<16xf32>, memref<16xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %w: memref<4xf32>):
    // expected-error @below {{is not allowed in a score body}}
    %x = memref.alloc() : memref<1xf32>
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32, %w: memref<4xf32>):
    tile.yield %limit : f32
  }
  return
}

// -----

func.func @state_bound_c4_modifier(%i: index, %heads: memref<16xi32>, %rows: memref<16xi32>, %n: memref<16xf32>, %k: memref<2x?xf32>, %m: memref<16xf32>, %l: memref<16xf32>, %slopes: memref<4xf32>) {
  cpu.state_bound keys %i to %i base %i batch %i rows(%heads, %rows) count %i norms(%n, %k) into %m, %l params(%slopes : memref<4xf32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 3 : i64, uniform_head}
         : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<2x?xf32>, memref<16xf32>, memref<16xf32> nearest {
  ^bb0(%b: i32, %h: i32, %p: i32, %first: i32, %last: i32, %w: memref<4xf32>):
    tile.yield %p : i32
  } score {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %j: i32, %w: memref<4xf32>):
    // expected-error @below {{'attn.scale' op is a score modifier, which is in natural units, and the scores here are in base 2}}
    %x = attn.scale %limit, 0.5
    tile.yield %x : f32
  }
  return
}
