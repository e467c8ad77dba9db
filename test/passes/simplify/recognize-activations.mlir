// Activations written in elementary operators become one operator.
// RUN: sinter-opt %s --nn-recognize-composites | FileCheck %s

// CHECK-LABEL: @gelu
// CHECK-NEXT: nn.unary gelu %arg0
// CHECK-NEXT: return
func.func @gelu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %root2 = nn.constant dense<1.41421354> : tensor<f32>
  %one = nn.constant dense<1.0> : tensor<f32>
  %half = nn.constant dense<0.5> : tensor<f32>
  %0 = nn.binary div %x, %root2 : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = nn.unary erf %0 : tensor<4xf32> -> tensor<4xf32>
  %2 = nn.binary add %1, %one : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %3 = nn.binary mul %x, %2 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %4 = nn.binary mul %3, %half : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}

// CHECK-LABEL: @swish
// CHECK-NEXT: nn.unary swish %arg0 {alpha = 1.000000e+00 : f64}
// CHECK-NEXT: return
func.func @swish(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.unary sigmoid %x : tensor<4xf32> -> tensor<4xf32>
  %1 = nn.binary mul %0, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// CHECK-LABEL: @hard_swish
// CHECK-NEXT: nn.unary hard_swish %arg0
// CHECK-NEXT: return
func.func @hard_swish(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = nn.constant dense<0.0> : tensor<f32>
  %three = nn.constant dense<3.0> : tensor<f32>
  %six = nn.constant dense<6.0> : tensor<f32>
  %0 = nn.binary add %x, %three : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = nn.binary max %0, %zero : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %2 = nn.binary min %1, %six : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %3 = nn.binary mul %x, %2 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %4 = nn.binary div %3, %six : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}

// CHECK-LABEL: @hard_sigmoid
// CHECK-NEXT: nn.unary hard_sigmoid %arg0 {alpha = 0.1{{6+}}{{.*}} : f64, beta = 5.000000e-01 : f64}
// CHECK-NEXT: return
func.func @hard_sigmoid(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = nn.constant dense<0.0> : tensor<f32>
  %three = nn.constant dense<3.0> : tensor<f32>
  %six = nn.constant dense<6.0> : tensor<f32>
  %0 = nn.binary add %x, %three : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %1 = nn.binary max %0, %zero : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %2 = nn.binary min %1, %six : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  %3 = nn.binary div %2, %six : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// The gate is of another tensor.
// CHECK-LABEL: @not_swish
// CHECK: nn.unary sigmoid
// CHECK: nn.binary mul
func.func @not_swish(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %0 = nn.unary sigmoid %x : tensor<4xf32> -> tensor<4xf32>
  %1 = nn.binary mul %0, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
