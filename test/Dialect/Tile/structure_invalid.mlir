// RUN: camber-opt %s --split-input-file --verify-diagnostics

func.func @pieces_c1(%s: f32, %p: i32, %j: i32, %break: i32) {
  // expected-error @below {{needs one region more than breakpoints}}
  %0 = tile.piecewise at(%p, %j) breakpoints(%break) {
  ^bb0(%d: i32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @pieces_c2(%s: f32, %p: i32, %j: i32) {
  // expected-error @below {{each region takes the distance (i32) and yields one f32}}
  %0 = tile.piecewise at(%p, %j) {
  ^bb0(%d: f32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @pieces_c2_yield(%s: f32, %p: i32, %j: i32) {
  // expected-error @below {{each region takes the distance (i32) and yields one f32}}
  %0 = tile.piecewise at(%p, %j) {
  ^bb0(%d: i32):
    tile.yield %s, %s : f32, f32
  }
  return
}

// -----

func.func @diagonal_c1(%s: f32, %h: i32, %p: i32, %j: i32) {
  // expected-error @below {{region takes head and distance (i32) and yields one f32}}
  %0 = tile.diagonal %s head %h at(%p, %j) {
  ^bb0(%d: i32):
    tile.yield %s : f32
  }
  return
}

// -----

func.func @diagonal_c1_yield(%s: f32, %h: i32, %p: i32, %j: i32) {
  // expected-error @below {{region takes head and distance (i32) and yields one f32}}
  %0 = tile.diagonal %s head %h at(%p, %j) {
  ^bb0(%head: i32, %d: i32):
    tile.yield %d : i32
  }
  return
}

// -----

// In generic form the operands may be dealt wrongly to the segments.
func.func @visible_c1(%s: f32, %p: i32) {
  // expected-error @below {{takes one score, query and key}}
  %0 = "tile.visible"(%s, %p, %p) <{operandSegmentSizes = array<i32: 1, 0, 1, 1, 0>}> : (f32, i32, i32) -> f32
  return
}

// -----

func.func @visible_c1_limits(%s: f32, %p: i32) {
  // expected-error @below {{operand group starting at #3 requires 0 or 1 element, but found 2}}
  %0 = "tile.visible"(%s, %p, %p, %p, %p) <{operandSegmentSizes = array<i32: 1, 1, 1, 2, 0>}> : (f32, i32, i32, i32, i32) -> f32
  return
}
