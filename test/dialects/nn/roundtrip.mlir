// Every operator prints as it was parsed.
// RUN: sinter-opt %s | sinter-opt | FileCheck %s
// RUN: sinter-opt %s --mlir-print-op-generic | sinter-opt | FileCheck %s

!q = !quant.uniform<i8:f32, 0.5:3>

// CHECK-LABEL: @constants_and_casts
func.func @constants_and_casts(%x: tensor<4xf32>) {
  // CHECK: nn.constant dense<1.000000e+00> : tensor<4xf32>
  %0 = nn.constant dense<1.0> : tensor<4xf32>
  // CHECK: nn.constant dense<[1, 2]> : tensor<2xi8> as tensor<2x!quant.uniform<i8:f32, 5.000000e-01:3>>
  %1 = nn.constant dense<[1, 2]> : tensor<2xi8> as tensor<2x!q>
  // CHECK: nn.cast %arg0 {saturate = false} : tensor<4xf32> -> tensor<4xf8E4M3FN>
  %2 = nn.cast %x {saturate = false} : tensor<4xf32> -> tensor<4xf8E4M3FN>
  // CHECK: %[[Q:.*]] = nn.quantize %arg0 : tensor<4xf32> -> tensor<4x!quant.uniform
  %3 = nn.quantize %x : tensor<4xf32> -> tensor<4x!q>
  // CHECK: nn.dequantize %[[Q]] : tensor<4x!quant.uniform<{{.*}}>> -> tensor<4xf32>
  %4 = nn.dequantize %3 : tensor<4x!q> -> tensor<4xf32>
  // CHECK: nn.bitcast %[[Q]] : tensor<4x!quant.uniform<{{.*}}>> -> tensor<4xi8>
  %5 = nn.bitcast %3 : tensor<4x!q> -> tensor<4xi8>
  // CHECK: nn.dynamic_quantize %arg0 : tensor<4xf32> -> tensor<4xui8>, tensor<f32>, tensor<ui8>
  %6:3 = nn.dynamic_quantize %x : tensor<4xf32> -> tensor<4xui8>, tensor<f32>, tensor<ui8>
  return
}

// CHECK-LABEL: @elementwise
func.func @elementwise(%x: tensor<2x4xf32>, %y: tensor<4xf32>) {
  // CHECK: nn.unary leaky_relu %arg0 {alpha = 1.000000e-01 : f64} : tensor<2x4xf32> -> tensor<2x4xf32>
  %0 = nn.unary leaky_relu %x {alpha = 0.1 : f64} : tensor<2x4xf32> -> tensor<2x4xf32>
  // CHECK: nn.binary prelu %arg0, %arg1 : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %1 = nn.binary prelu %x, %y : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  // CHECK: %[[C:.*]] = nn.compare le %arg0, %arg1 : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xi1>
  %2 = nn.compare le %x, %y : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xi1>
  // CHECK: nn.select %[[C]], %arg0, %arg1 : (tensor<2x4xi1>, tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %3 = nn.select %2, %x, %y : (tensor<2x4xi1>, tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// CHECK-LABEL: @contractions
func.func @contractions(%x: tensor<1x2x8x8xf32>, %w: tensor<4x1x3x3xf32>, %b: tensor<4xf32>, %t: tensor<2x3x2x2xf32>, %m: tensor<8x5xf32>) {
  // CHECK: nn.conv %arg0, %arg1, %arg2 strides [2, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2 : (tensor<1x2x8x8xf32>, tensor<4x1x3x3xf32>, tensor<4xf32>) -> tensor<1x4x4x8xf32>
  %0 = nn.conv %x, %w, %b strides [2, 1] pads [1, 1, 1, 1] dilations [1, 1] group 2 : (tensor<1x2x8x8xf32>, tensor<4x1x3x3xf32>, tensor<4xf32>) -> tensor<1x4x4x8xf32>
  // CHECK: nn.conv_transpose %arg0, %arg3 strides [2, 2] pads [0, 0, 1, 1] dilations [1, 1] group 1 output_padding [1, 1]
  %1 = nn.conv_transpose %x, %t strides [2, 2] pads [0, 0, 1, 1] dilations [1, 1] group 1 output_padding [1, 1] : (tensor<1x2x8x8xf32>, tensor<2x3x2x2xf32>) -> tensor<1x3x16x16xf32>
  // CHECK: nn.matmul %arg0, %arg4 : (tensor<1x2x8x8xf32>, tensor<8x5xf32>) -> tensor<1x2x8x5xf32>
  %2 = nn.matmul %x, %m : (tensor<1x2x8x8xf32>, tensor<8x5xf32>) -> tensor<1x2x8x5xf32>
  return
}

// CHECK-LABEL: @lstm
func.func @lstm(%x: tensor<5x1x3xf32>, %w: tensor<2x8x3xf32>, %r: tensor<2x8x2xf32>, %b: tensor<2x16xf32>, %h: tensor<2x1x2xf32>) {
  // CHECK: nn.lstm bidirectional %arg0, %arg1, %arg2, %arg3, %arg4, %arg4
  %0:3 = nn.lstm bidirectional %x, %w, %r, %b, %h, %h : (tensor<5x1x3xf32>, tensor<2x8x3xf32>, tensor<2x8x2xf32>, tensor<2x16xf32>, tensor<2x1x2xf32>, tensor<2x1x2xf32>) -> (tensor<5x2x1x2xf32>, tensor<2x1x2xf32>, tensor<2x1x2xf32>)
  return
}

// CHECK-LABEL: @reductions
func.func @reductions(%x: tensor<1x2x8xf32>, %s: tensor<8xf32>) {
  // CHECK: nn.pool average_include_pad %arg0 kernel [2] strides [2] pads [0, 1] dilations [1] {counted_pads = array<i64: 0>}
  %0 = nn.pool average_include_pad %x kernel [2] strides [2] pads [0, 1] dilations [1] {counted_pads = array<i64: 0>} : tensor<1x2x8xf32> -> tensor<1x2x4xf32>
  // CHECK: nn.reduce mean %arg0 axes [1, 2] keepdims false : tensor<1x2x8xf32> -> tensor<1xf32>
  %1 = nn.reduce mean %x axes [1, 2] keepdims false : tensor<1x2x8xf32> -> tensor<1xf32>
  // CHECK: nn.arg_reduce min %arg0 axis 2 keepdims true select_last false : tensor<1x2x8xf32> -> tensor<1x2x1xi64>
  %2 = nn.arg_reduce min %x axis 2 keepdims true select_last false : tensor<1x2x8xf32> -> tensor<1x2x1xi64>
  // CHECK: nn.softmax %arg0 axis 2 {log = true} : tensor<1x2x8xf32> -> tensor<1x2x8xf32>
  %3 = nn.softmax %x axis 2 {log = true} : tensor<1x2x8xf32> -> tensor<1x2x8xf32>
  // CHECK: nn.layer_norm %arg0 scale %arg1 axis 2 epsilon 1.000000e-05 : (tensor<1x2x8xf32>, tensor<8xf32>) -> tensor<1x2x8xf32>
  %4 = nn.layer_norm %x scale %s axis 2 epsilon 1.0e-05 : (tensor<1x2x8xf32>, tensor<8xf32>) -> tensor<1x2x8xf32>
  // CHECK: nn.cumsum %arg0 axis 1 exclusive true reverse false : tensor<1x2x8xf32> -> tensor<1x2x8xf32>
  %5 = nn.cumsum %x axis 1 exclusive true reverse false : tensor<1x2x8xf32> -> tensor<1x2x8xf32>
  // CHECK: nn.topk %arg0 k 3 axis 2 largest false : tensor<1x2x8xf32> -> tensor<1x2x3xf32>, tensor<1x2x3xi64>
  %6:2 = nn.topk %x k 3 axis 2 largest false : tensor<1x2x8xf32> -> tensor<1x2x3xf32>, tensor<1x2x3xi64>
  return
}

// CHECK-LABEL: @movement
func.func @movement(%x: tensor<2x4xf32>, %i: tensor<3xi64>, %p: tensor<3x1xi64>, %v: tensor<f32>, %u: tensor<3x4xf32>, %e: tensor<1x4xi64>, %ue: tensor<1x4xf32>) {
  // CHECK: nn.reshape %arg0 : tensor<2x4xf32> -> tensor<8xf32>
  %0 = nn.reshape %x : tensor<2x4xf32> -> tensor<8xf32>
  // CHECK: nn.transpose %arg0 permutation [1, 0] : tensor<2x4xf32> -> tensor<4x2xf32>
  %1 = nn.transpose %x permutation [1, 0] : tensor<2x4xf32> -> tensor<4x2xf32>
  // CHECK: nn.broadcast %arg0 : tensor<2x4xf32> -> tensor<3x2x4xf32>
  %2 = nn.broadcast %x : tensor<2x4xf32> -> tensor<3x2x4xf32>
  // CHECK: nn.slice %arg0 starts [0, 3] sizes [2, 2] steps [1, -1] : tensor<2x4xf32> -> tensor<2x2xf32>
  %3 = nn.slice %x starts [0, 3] sizes [2, 2] steps [1, -1] : tensor<2x4xf32> -> tensor<2x2xf32>
  // CHECK: nn.concat %arg0, %arg0 axis 1 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x8xf32>
  %4 = nn.concat %x, %x axis 1 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x8xf32>
  // CHECK: nn.pad constant %arg0, %arg3 pads [0, -1, 1, 2] : (tensor<2x4xf32>, tensor<f32>) -> tensor<3x5xf32>
  %5 = nn.pad constant %x, %v pads [0, -1, 1, 2] : (tensor<2x4xf32>, tensor<f32>) -> tensor<3x5xf32>
  // CHECK: nn.gather %arg0, %arg1 axis 1 : (tensor<2x4xf32>, tensor<3xi64>) -> tensor<2x3xf32>
  %6 = nn.gather %x, %i axis 1 : (tensor<2x4xf32>, tensor<3xi64>) -> tensor<2x3xf32>
  // CHECK: nn.gather_nd %arg0, %arg2 batch_dims 0 : (tensor<2x4xf32>, tensor<3x1xi64>) -> tensor<3x4xf32>
  %7 = nn.gather_nd %x, %p batch_dims 0 : (tensor<2x4xf32>, tensor<3x1xi64>) -> tensor<3x4xf32>
  // CHECK: nn.gather_elements %arg0, %arg5 axis 0 : (tensor<2x4xf32>, tensor<1x4xi64>) -> tensor<1x4xf32>
  %8 = nn.gather_elements %x, %e axis 0 : (tensor<2x4xf32>, tensor<1x4xi64>) -> tensor<1x4xf32>
  // CHECK: nn.scatter_nd add %arg0, %arg2, %arg4 : (tensor<2x4xf32>, tensor<3x1xi64>, tensor<3x4xf32>) -> tensor<2x4xf32>
  %9 = nn.scatter_nd add %x, %p, %u : (tensor<2x4xf32>, tensor<3x1xi64>, tensor<3x4xf32>) -> tensor<2x4xf32>
  // CHECK: nn.scatter_elements none %arg0, %arg5, %arg6 axis 0 : (tensor<2x4xf32>, tensor<1x4xi64>, tensor<1x4xf32>) -> tensor<2x4xf32>
  %10 = nn.scatter_elements none %x, %e, %ue axis 0 : (tensor<2x4xf32>, tensor<1x4xi64>, tensor<1x4xf32>) -> tensor<2x4xf32>
  // CHECK: nn.resize cubic %arg0 scales [1.000000e+00, 2.000000e+00] pytorch_half_pixel floor {cubic_coeff = -5.000000e-01 : f64} : tensor<2x4xf32> -> tensor<2x8xf32>
  %11 = nn.resize cubic %x scales [1.0, 2.0] pytorch_half_pixel floor {cubic_coeff = -0.5 : f64} : tensor<2x4xf32> -> tensor<2x8xf32>
  return
}

// CHECK-LABEL: @regions
func.func @regions(%x: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: %[[R:.*]] = nn.dispatch(%arg0) attributes {nn.target = "cpu:x86-64"} : (tensor<4xf32>) -> tensor<4xf32> {
  // CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<4xf32>):
  // CHECK-NEXT: %[[Y:.*]] = nn.unary exp %[[A]]
  // CHECK-NEXT: nn.yield %[[Y]] : tensor<4xf32>
  %0 = nn.dispatch(%x) attributes {nn.target = "cpu:x86-64"} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %y = nn.unary exp %a : tensor<4xf32> -> tensor<4xf32>
    nn.yield %y : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}
