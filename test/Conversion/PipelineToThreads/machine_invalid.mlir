// The machine is an option that must be given; what has been converted stays as it is.
// RUN: not camber-opt %s --convert-pipeline-to-threads 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: error: '' is no machine; set the option machine to an attribute of a target that implements the machine interface
// RUN: not camber-opt %s --convert-pipeline-to-threads=machine=17 2>&1 | FileCheck %s --check-prefix=OTHER
// OTHER: error: '17' is no machine; set the option machine to an attribute of a target that implements the machine interface
// RUN: camber-opt %s --convert-pipeline-to-threads=machine=#nvptx.ampere -o %t.once
// RUN: camber-opt %t.once --convert-pipeline-to-threads=machine=#nvptx.ampere -o %t.twice
// RUN: diff %t.once %t.twice
func.func @kernel(%k: memref<1x1x64x64xf16>, %n: index) attributes {
    camber.geometry = #tile.geometry<heads = 1, kv_heads = 1, head_dim = 64, rows = 64, keys = 64, packed = false>,
    camber.schedule = #pipeline.schedule<warps = 4>} {
  %c0 = arith.constant 0 : index
  %ring = pipeline.ring : <1 x 64x64xf16>
  %stage = pipeline.stage %ring[%c0] : <1 x 64x64xf16> -> <64x64xf16>
  pipeline.copy_keys %k[%c0, %c0, %c0] count %n to %stage : memref<1x1x64x64xf16> -> <64x64xf16>
  %token = pipeline.commit %stage : <64x64xf16>
  pipeline.wait %token
  pipeline.barrier
  return
}
