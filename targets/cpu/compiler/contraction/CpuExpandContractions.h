// Contractions become loops over register tiles. See CpuExpandContractions.td.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_TARGETS_CPU_COMPILER_CONTRACTION_CPUEXPANDCONTRACTIONS_H
#define SINTER_TARGETS_CPU_COMPILER_CONTRACTION_CPUEXPANDCONTRACTIONS_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace sinter {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "targets/cpu/compiler/contraction/CpuExpandContractions.h.inc"
} // namespace sinter

#endif
