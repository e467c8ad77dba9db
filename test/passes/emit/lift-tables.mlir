// A target whose code should hold no tables gets them as operands; kernels that differed in them alone are one. Small
// constants, and those whose place is written, stay.
// RUN: sinter-opt %s --program-lift-tables | FileCheck %s

// CHECK-LABEL: func.func @main
// CHECK: %[[A:.*]] = nn.constant dense<[0.0
// CHECK: program.call @gpu::@k0(%arg0, %[[A]]) : (tensor<9xf64>, tensor<9xf64>)
// CHECK: %[[B:.*]] = nn.constant dense<[9.0
// CHECK: program.call @gpu::@k0(%{{.*}}, %[[B]]) : (tensor<9xf64>, tensor<9xf64>)
// CHECK: program.call @gpu::@k2(%{{[^,]*}}) : (tensor<9xf64>)
func.func @main(%x: tensor<9xf64>) -> tensor<9xf64> {
  %0 = program.call @gpu::@k0(%x) : (tensor<9xf64>) -> tensor<9xf64>
  %1 = program.call @gpu::@k1(%0) : (tensor<9xf64>) -> tensor<9xf64>
  %2 = program.call @gpu::@k2(%1) : (tensor<9xf64>) -> tensor<9xf64>
  return %2 : tensor<9xf64>
}

#id = affine_map<(d0) -> (d0)>
module @gpu attributes {program.target = "gpu:vulkan"} {
  // CHECK: func.func @k0(%{{.*}}: tensor<9xf64>, %[[TABLE:.*]]: tensor<9xf64>)
  // CHECK: ins(%{{.*}}, %[[TABLE]] :
  // CHECK-NOT: @k1
  func.func @k0(%x: tensor<9xf64>) -> tensor<9xf64> {
    %t = arith.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<9xf64>
    %e = tensor.empty() : tensor<9xf64>
    %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%x, %t : tensor<9xf64>, tensor<9xf64>) outs(%e : tensor<9xf64>) {
    ^bb0(%a: f64, %b: f64, %o: f64):
      %p = arith.mulf %a, %b : f64
      linalg.yield %p : f64
    } -> tensor<9xf64>
    return %r : tensor<9xf64>
  }
  func.func @k1(%x: tensor<9xf64>) -> tensor<9xf64> {
    %t = arith.constant dense<[9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<9xf64>
    %e = tensor.empty() : tensor<9xf64>
    %r = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]}
        ins(%x, %t : tensor<9xf64>, tensor<9xf64>) outs(%e : tensor<9xf64>) {
    ^bb0(%a: f64, %b: f64, %o: f64):
      %p = arith.mulf %a, %b : f64
      linalg.yield %p : f64
    } -> tensor<9xf64>
    return %r : tensor<9xf64>
  }
  // CHECK-LABEL: func.func @k2
  // CHECK: arith.constant dense<[9.0
  func.func @k2(%x: tensor<9xf64>) -> tensor<9xf64> {
    %written = arith.constant dense<[9.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]> : tensor<9xf64>
    %small = arith.constant dense<[1.0, 2.0]> : tensor<2xf64>
    %c0 = arith.constant 0 : index
    %f = tensor.extract %small[%c0] : tensor<2xf64>
    %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
        ins(%x : tensor<9xf64>) outs(%written : tensor<9xf64>) {
    ^bb0(%a: f64, %o: f64):
      %p = arith.mulf %a, %f : f64
      %s = arith.addf %p, %o : f64
      linalg.yield %s : f64
    } -> tensor<9xf64>
    return %r : tensor<9xf64>
  }
}
