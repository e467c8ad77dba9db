// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
include "mlir/Pass/PassBase.td"

def CpuExpandContractions : Pass<"cpu-expand-contractions", "::mlir::func::FuncOp"> {
  let summary = "contractions on buffers become loops over register tiles";
  let description = [{
    `cpu.conv`, `cpu.matmul` and their quantised forms become loops whose body holds a tile of accumulators in vector registers: carried by the
    reduction loops as values, so that no later pass has to hoist them out of memory. Runs after bufferization: on
    tensors, the analysis of a tile's hundreds of writes took minutes for a text recogniser.
  }];
  let options = [
    Option<"vectorBytes", "vector-bytes", "unsigned", "32", "bytes of a vector register">,
    Option<"registers", "registers", "unsigned", "16", "vector registers">,
    Option<"integerDot", "integer-dot", "std::string", "\"widen\"", "how bytes are multiplied: widen, pmaddwd, vpdpbusd or vrmpy">];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::vector::VectorDialect", "::mlir::scf::SCFDialect", "::mlir::affine::AffineDialect",
                           "::mlir::LLVM::LLVMDialect"];
}
