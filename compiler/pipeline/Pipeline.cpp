// The compiler's table of contents. Read from top to bottom; each comment says what no longer changes afterwards.
//
//   import ─ simplify ─ quantize ─┬─ place ─ fuse ─ layout ─ outline ─ lower ─ emit ─ memory ─┬─ package
//                                 └── once for each alternative program (each --target) ──────┘
//
// import, emit and package are calls (Compile.cpp), the rest are passes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/pipeline/Pipeline.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/Passes.h"
#include "passes/emit/ProgramLiftTables.h"
#include "passes/emit/ProgramLower.h"
#include "passes/fuse/NnFuse.h"
#include "passes/memory/ProgramMemory.h"
#include "passes/outline/ProgramOutline.h"
#include "passes/place/NnPlace.h"
#include "passes/quantize/FoldQuantization.h"
#include "passes/simplify/Simplify.h"

using namespace mlir;
using namespace sinter;

std::vector<Stage> sinter::frontStages() {
  return {
      // Composite operators are whole, constants are folded, nothing dead is left. Entry points' signatures are final.
      {"simplify", [](OpPassManager &pm) { buildSimplifyPipeline(pm); }},
      // Operators between quantised tensors are integer operators, with i32 biases and proven accumulators.
      {"quantize",
       [](OpPassManager &pm) {
         OpPassManager &functions = pm.nest<func::FuncOp>();
         functions.addPass(createFoldQuantization());
         functions.addPass(createCanonicalizerPass());
         functions.addPass(createCSEPass());
       }},
  };
}

std::vector<Stage> sinter::targetStages(const TargetRegistry &registry, const TargetList &targets,
                                        const std::vector<std::string> &requirements) {
  return {
      // Every operator has its target. An operator that nobody takes ends the compilation here, with all others like
      // it.
      {"place", [&registry, targets,
                 requirements](OpPassManager &pm) { pm.addPass(createNnPlace(registry, targets, requirements)); }},
      // What runs as one kernel is together in one nn.dispatch. No operator is created or moved between regions below.
      {"fuse", [](OpPassManager &pm) { pm.addNestedPass<func::FuncOp>(createNnFuse()); }},
      // Constants lie as their target's kernels read them.
      {"layout",
       [&registry, targets](OpPassManager &pm) {
         for (const std::string &name : targets)
           registry.find(name)->addLayoutPasses(pm.nest<func::FuncOp>());
       }},
      // Kernels are functions of their target's module: from here on only the target touches them.
      {"outline",
       [&registry, targets](OpPassManager &pm) {
         ProgramOutlineOptions options;
         options.target = registry.find(targets.front())->info().name;
         pm.addPass(createProgramOutline(options));
       }},
      // Grids are fixed; kernels are linalg, or what their target has instead. The same for all variants of a target.
      {"lower",
       [&registry](OpPassManager &pm) {
         pm.addPass(createProgramLower(registry));
         pm.addPass(createProgramLiftTables(registry)); // Kernels have all their operands.
       }},
  };
}

std::vector<Stage> sinter::memoryStages(const TargetRegistry &registry, const TargetList &targets) {
  return {
      // Every tensor has its address, every copy is written down: the program is what the loader will execute.
      {"memory",
       [&registry, targets](OpPassManager &pm) {
         ProgramMemoryOptions options;
         for (const std::string &name : targets)
           options.alignment = std::max<uint64_t>(options.alignment, registry.find(name)->info().tensorAlignment);
         pm.addPass(createProgramMemory(options));
       }},
  };
}
