// A decomposed layer normalisation becomes one operator, with its scale and bias, and names every node that it was.
// RUN: sinter-opt %s --nn-recognize-composites --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s

// CHECK-LABEL: @layer_norm
// CHECK-DAG: %[[S:.*]] = nn.constant dense<2.0
// CHECK-DAG: %[[B:.*]] = nn.constant dense<3.0
// CHECK: nn.layer_norm %arg0 scale %[[S]] bias %[[B]] axis 1 epsilon 9.9999997473787516E-6
// CHECK-SAME: loc(fused[{{.*}}"mean"
// CHECK-NEXT: return
func.func @layer_norm(%x: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %two = nn.constant dense<2.0> : tensor<f32>
  %eps = nn.constant dense<9.99999974E-6> : tensor<f32>
  %scale = nn.constant dense<2.0> : tensor<8xf32>
  %bias = nn.constant dense<3.0> : tensor<8xf32>
  %0 = nn.reduce mean %x axes [1] keepdims true : tensor<2x8xf32> -> tensor<2x1xf32> loc("mean")
  %1 = nn.binary sub %x, %0 : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  %2 = nn.binary pow %1, %two : (tensor<2x8xf32>, tensor<f32>) -> tensor<2x8xf32>
  %3 = nn.reduce mean %2 axes [1] keepdims true : tensor<2x8xf32> -> tensor<2x1xf32>
  %4 = nn.binary add %3, %eps : (tensor<2x1xf32>, tensor<f32>) -> tensor<2x1xf32>
  %5 = nn.unary sqrt %4 : tensor<2x1xf32> -> tensor<2x1xf32>
  %6 = nn.binary div %1, %5 : (tensor<2x8xf32>, tensor<2x1xf32>) -> tensor<2x8xf32>
  %7 = nn.binary mul %6, %scale : (tensor<2x8xf32>, tensor<8xf32>) -> tensor<2x8xf32>
  %8 = nn.binary add %7, %bias : (tensor<2x8xf32>, tensor<8xf32>) -> tensor<2x8xf32>
  return %8 : tensor<2x8xf32>
}
