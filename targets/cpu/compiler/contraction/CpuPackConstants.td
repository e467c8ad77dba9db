// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def CpuPackConstants : Pass<"cpu-pack-constants", "::mlir::func::FuncOp"> {
  let summary = "filters and right-hand sides that are constants are stored as kernels read them";
  let description = [{
    The filter of an f32 convolution (outside depthwise ones) and the constant right-hand side of an f32 matrix product
    become constants in blocks of 16 output channels or columns, behind an `nn.unpack` inside the dispatch that restores
    their meaning. Those of 8-bit contractions with signed weights have inner blocks of the four terms that a dot product
    adds, and the operator gets `nn.filter_sums`, the sum of each channel's weights. One packing serves every CPU variant. A constant used elsewhere as well is kept for that use.
  }];
  let options = [
    Option<"doubles", "doubles", "bool", "true", "sums are requantized in double precision, else in high words of integer products">,
    Option<"columns", "columns", "int64_t", "16", "columns in a block of an 8-bit matrix product's right-hand side">];
}
