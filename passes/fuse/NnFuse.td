// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def NnFuse : Pass<"nn-fuse", "::mlir::func::FuncOp"> {
  let summary = "group operators into dispatch regions, each one kernel";
  let description = [{
    Every operator but constants, reshapes and bitcasts goes into an `nn.dispatch`. A region starts at one operator and
    grows along its users while exactly one value leaves it: element-wise chains, epilogues of convolution, matmul,
    pooling and reductions, and element-wise producers of a reduction. Heavy work is never in two regions. Small and
    splat constants are cloned into the region; other values become its operands. `nn.target` moves to the region;
    operators of different targets are not joined.

    ```mlir
    %0 = nn.conv %x, %w … {nn.target = "cpu:x86-64"}
    %1 = nn.unary relu %0 {nn.target = "cpu:x86-64"}
    ```
    becomes
    ```mlir
    %1 = nn.dispatch (%x, %w) attributes {nn.target = "cpu:x86-64"} : … {
    ^bb0(%a: …, %b: …):
      %2 = nn.conv %a, %b …
      %3 = nn.unary relu %2 …
      nn.yield %3 : …
    }
    ```
  }];
  let dependentDialects = ["::sinter::nn::NnDialect"];
}
