// Which workgroup of the grid this is.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "targets/gpu/compiler/Workgroups.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

using namespace mlir;

std::pair<Value, int64_t> sinter::gpu::numberWorkgroup(OpBuilder &b, Location loc, int64_t total, int64_t gridWidth) {
  Value number = mlir::gpu::BlockIdOp::create(b, loc, mlir::gpu::Dimension::x);
  if (total <= gridWidth)
    return {number, total};
  Value row = mlir::gpu::BlockIdOp::create(b, loc, mlir::gpu::Dimension::y);
  Value before = arith::MulIOp::create(b, loc, row, arith::ConstantIndexOp::create(b, loc, gridWidth));
  return {arith::AddIOp::create(b, loc, number, before), (total + gridWidth - 1) / gridWidth * gridWidth};
}

scf::IfOp sinter::gpu::onlyWorkgroupsBelow(OpBuilder &b, Location loc, Value number, int64_t total) {
  Value bound = arith::ConstantIndexOp::create(b, loc, total);
  Value exists = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, number, bound);
  return scf::IfOp::create(b, loc, exists, /*withElseRegion=*/false);
}
