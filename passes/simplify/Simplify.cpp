// The order of the simplify stage. README.md says what each pass leaves behind.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "passes/simplify/Simplify.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Passes.h"
#include "passes/simplify/Decompose.h"
#include "passes/simplify/FoldAffine.h"
#include "passes/simplify/FoldConstants.h"
#include "passes/simplify/FoldPadding.h"
#include "passes/simplify/RecognizeComposites.h"
#include "passes/simplify/SimplifyArithmetic.h"
#include "passes/simplify/SimplifyMovement.h"

void sinter::buildSimplifyPipeline(mlir::OpPassManager &manager) {
  mlir::OpPassManager &functions = manager.nest<mlir::func::FuncOp>();
  // Constants first: the patterns below look for them.
  functions.addPass(createFoldConstants());
  functions.addPass(mlir::createCSEPass());
  functions.addPass(createSimplifyMovement());
  functions.addPass(createRecognizeComposites());
  functions.addPass(createSimplifyArithmetic());
  // Padding moves into convolutions before affine functions do, so that a bias may follow.
  functions.addPass(createFoldPadding());
  functions.addPass(createFoldAffine());
  // Transposed convolutions have taken their affine functions by now.
  functions.addPass(createDecompose());
  // The weights that were scaled and rearranged, and what has become constant since.
  functions.addPass(createFoldConstants());
  functions.addPass(mlir::createCanonicalizerPass());
  functions.addPass(mlir::createCSEPass());
}
