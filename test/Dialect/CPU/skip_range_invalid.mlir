// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @narrow_c1(%i: index, %heads: memref<16xf32>, %r: memref<16xi32>, %m: memref<16xf32>, %l: memref<16xf32>, %k: memref<2x?xf32>, %e: memref<1xi32>) -> index {
  // expected-error @below {{row_head must be i32 [R], [any], got 'memref<16xf32>'}}
  %0 = cpu.skip_range %i to %i step 64 of %i base %i batch %i rows(%heads, %r) count %i state(%m, %l) norms(%l, %k) ends %e
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<16xf32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c1_rows(%i: index, %heads: memref<12xi32>, %r: memref<16xi32>, %m: memref<16xf32>, %l: memref<16xf32>, %k: memref<2x?xf32>, %e: memref<1xi32>) -> index {
  // expected-error @below {{R must be a static multiple of 8, got 12}}
  %0 = cpu.skip_range %i to %i step 64 of %i base %i batch %i rows(%heads, %r) count %i state(%m, %l) norms(%l, %k) ends %e
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<12xi32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c1_state(%i: index, %heads: memref<16xi32>, %r: memref<16xi32>, %m: memref<8xf32>, %l: memref<16xf32>, %k: memref<2x?xf32>, %e: memref<1xi32>) -> index {
  // expected-error @below {{maximum must be f32 [R], [16], got 'memref<8xf32>'}}
  %0 = cpu.skip_range %i to %i step 64 of %i base %i batch %i rows(%heads, %r) count %i state(%m, %l) norms(%l, %k) ends %e
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<16xi32>, memref<16xi32>, memref<8xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c2(%i: index, %heads: memref<16xi32>, %r: memref<16xi32>, %m: memref<16xf32>, %l: memref<16xf32>, %k: memref<3x?xf32>, %e: memref<1xi32>) -> index {
  // expected-error @below {{key_norms must be f32 [2, blocks], [2, any], got 'memref<3x?xf32>'}}
  %0 = cpu.skip_range %i to %i step 64 of %i base %i batch %i rows(%heads, %r) count %i state(%m, %l) norms(%l, %k) ends %e
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<3x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c2_ends(%i: index, %heads: memref<16xi32>, %r: memref<16xi32>, %m: memref<16xf32>, %l: memref<16xf32>, %k: memref<2x?xf32>, %e: memref<2xi32>) -> index {
  // expected-error @below {{ends must be i32 [R / G], [1], got 'memref<2xi32>'}}
  %0 = cpu.skip_range %i to %i step 64 of %i base %i batch %i rows(%heads, %r) count %i state(%m, %l) norms(%l, %k) ends %e
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<2xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c2_seen(%i: index, %heads: memref<16xi32>, %r: memref<16xi32>, %m: memref<16xf32>, %l: memref<16xf32>, %k: memref<2x?xf32>, %e: memref<1xi32>, %s: memref<2xi32>) -> index {
  // expected-error @below {{seen must be i32 [R / G], [1], got 'memref<2xi32>'}}
  %0 = cpu.skip_range %i to %i step 64 of %i base %i batch %i rows(%heads, %r) count %i state(%m, %l) norms(%l, %k) ends %e seen(%s : memref<2xi32>)
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c3(%i: index, %heads: memref<16xi32>, %r: memref<16xi32>, %m: memref<16xf32>, %l: memref<16xf32>, %k: memref<2x?xf32>, %e: memref<1xi32>) -> index {
  // expected-error @below {{body must take ('f32', 'i32', 'i32', 'i32', 'i32', 'i32')}}
  %0 = cpu.skip_range %i to %i step 64 of %i base %i batch %i rows(%heads, %r) count %i state(%m, %l) norms(%l, %k) ends %e
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c3_yield(%i: index, %heads: memref<16xi32>, %r: memref<16xi32>, %m: memref<16xf32>, %l: memref<16xf32>, %k: memref<2x?xf32>, %e: memref<1xi32>) -> index {
  // expected-error @below {{body must yield one f32}}
  %0 = cpu.skip_range %i to %i step 64 of %i base %i batch %i rows(%heads, %r) count %i state(%m, %l) norms(%l, %k) ends %e
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %p : i32
  }
  return %0 : index
}

// -----

func.func @narrow_c4(%i: index, %heads: memref<16xi32>, %r: memref<16xi32>, %m: memref<16xf32>, %l: memref<16xf32>, %k: memref<2x?xf32>, %e: memref<1xi32>) -> index {
  %0 = cpu.skip_range %i to %i step 64 of %i base %i batch %i rows(%heads, %r) count %i state(%m, %l) norms(%l, %k) ends %e
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    // expected-error @below {{is not allowed in a score body}}
    %x = memref.alloc() : memref<1xf32>
    tile.yield %limit : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c4_modifier(%i: index, %heads: memref<16xi32>, %r: memref<16xi32>, %m: memref<16xf32>, %l: memref<16xf32>, %k: memref<2x?xf32>, %e: memref<1xi32>) -> index {
  %0 = cpu.skip_range %i to %i step 64 of %i base %i batch %i rows(%heads, %r) count %i state(%m, %l) norms(%l, %k) ends %e
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    // expected-error @below {{'attn.scale' op is a score modifier, which is in natural units, and the scores here are in base 2}}
    %x = attn.scale %limit, 0.5
    tile.yield %x : f32
  }
  return %0 : index
}

// -----

func.func @narrow_c5(%i: index, %heads: memref<16xi32>, %r: memref<16xi32>, %m: memref<16xf32>, %l: memref<16xf32>, %k: memref<2x?xf32>, %e: memref<1xi32>) -> index {
  // expected-error @below {{step must be in 1 … 2^24-1, got 0}}
  %0 = cpu.skip_range %i to %i step 0 of %i base %i batch %i rows(%heads, %r) count %i state(%m, %l) norms(%l, %k) ends %e
         schedule(#cpu.rows_in_lanes<width = 8, score_keys = 6, row_vectors = 2, value_rows = 6, value_vectors = 2, panels = 1>) attributes {head_offset = 0 : i64} : memref<16xi32>, memref<16xi32>, memref<16xf32>, memref<16xf32>, memref<16xf32>, memref<2x?xf32>, memref<1xi32> {
  ^bb0(%limit: f32, %b: i32, %h: i32, %p: i32, %first: i32, %last: i32):
    tile.yield %limit : f32
  }
  return %0 : index
}
