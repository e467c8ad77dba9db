// Nothing that LLVM would turn into a call; fused multiply-add only where the processor has it.
// RUN: sinter-opt %s --legalize-math=fma=false | FileCheck %s --check-prefixes=CHECK,SPLIT
// RUN: sinter-opt %s --legalize-math=fma=true | FileCheck %s --check-prefixes=CHECK,FMA

// CHECK-LABEL: func.func @exp
// CHECK-NOT: math.exp
// CHECK: arith.mulf {{.*}} fastmath<contract>
// CHECK: return
func.func @exp(%a: vector<8xf32>) -> vector<8xf32> {
  %0 = math.exp %a : vector<8xf32>
  return %0 : vector<8xf32>
}

// CHECK-LABEL: func.func @fma
// SPLIT-NOT: vector.fma
// SPLIT: arith.mulf
// SPLIT: arith.addf
// FMA: vector.fma
func.func @fma(%a: vector<8xf32>) -> vector<8xf32> {
  %0 = vector.fma %a, %a, %a : vector<8xf32>
  return %0 : vector<8xf32>
}

// CHECK-LABEL: func.func @half
// CHECK-NOT: arith.truncf
// CHECK: return
func.func @half(%a: vector<8xf32>) -> (vector<8xf16>, vector<8xbf16>) {
  %0 = arith.truncf %a : vector<8xf32> to vector<8xf16>
  %1 = arith.truncf %a : vector<8xf32> to vector<8xbf16>
  return %0, %1 : vector<8xf16>, vector<8xbf16>
}
