// RUN: camber-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{a tile has one or two dimensions in 1 … 2^24-1, of f32}}
func.func private @tile_c1(!tile.tile<2x3x4xf32>)

// -----

// expected-error @below {{a tile has one or two dimensions in 1 … 2^24-1, of f32}}
func.func private @tile_c1_empty(!tile.tile<0xf32>)

// -----

// expected-error @below {{a tile has one or two dimensions in 1 … 2^24-1, of f32}}
func.func private @tile_c1_element(!tile.tile<64xf16>)

// -----

// expected-error @below {{a block has 1 … 2^24-1 rows, got 0}}
func.func private @rows_c1(!tile.rows<0>)

// -----

func.func private @geometry_c1() attributes {
  // expected-error @below {{12 heads are not a multiple of 5 kv heads}}
  geometry = #tile.geometry<heads = 12, kv_heads = 5, head_dim = 64, rows = 64, keys = 64, packed = false>}

// -----

func.func private @geometry_c2() attributes {
  // expected-error @below {{head_dim, rows and keys must be at least 1}}
  geometry = #tile.geometry<heads = 12, kv_heads = 6, head_dim = 64, rows = 0, keys = 64, packed = false>}

// -----

func.func private @geometry_c3() attributes {
  // expected-error @below {{sizes must be below 2^24}}
  geometry = #tile.geometry<heads = 12, kv_heads = 6, head_dim = 64, rows = 64, keys = 16777216, packed = false>}

// -----

func.func private @shape_c1() attributes {
  // expected-error @below {{rows and keys must be in 1 … 2^24-1, pack_max in 0 … 2^24-1, got 16, 0 and 0}}
  shape = #tile.shape<rows = 16, keys = 0, pack_max = 0>}

// -----

// expected-error @below {{'tile.shape' must be a #tile.shape, on attn.attention}}
func.func private @shape_c2() attributes {tile.shape = #tile.shape<rows = 16, keys = 64, pack_max = 0>}
