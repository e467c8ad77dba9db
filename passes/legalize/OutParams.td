// The pass that turns a kernel's results into buffers that the caller gives.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def OutParams : Pass<"out-params", "::mlir::func::FuncOp"> {
  let summary = "results become trailing memref arguments, written in place";
  let description = [{
    The destination of each result is traced to the tensor.empty it began as and replaced by the argument's tensor, so
    that bufferization writes straight into the caller's buffer. Results that are arguments or constants are copied.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect", "::mlir::memref::MemRefDialect"];
}
