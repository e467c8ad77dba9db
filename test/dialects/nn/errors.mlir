// What the verifiers refuse, and how they say it.
// RUN: sinter-opt %s --split-input-file --verify-diagnostics

func.func @constant_shape() {
  // expected-error @+1 {{value of type 'tensor<2xi8>' does not have the result's shape 3}}
  %0 = "nn.constant"() {value = dense<[1, 2]> : tensor<2xi8>} : () -> tensor<3xi8>
  return
}

// -----

func.func @constant_storage() {
  // expected-error @+1 {{value's elements are 'i16', the quantised type stores 'i8'}}
  %0 = nn.constant dense<1> : tensor<2xi16> as tensor<2x!quant.uniform<i8:f32, 0.5>>
  return
}

// -----

func.func @dynamic(%x: tensor<?xf32>) {
  // expected-error @+1 {{operand #0 must be statically shaped tensor}}
  %0 = nn.unary exp %x : tensor<?xf32> -> tensor<?xf32>
  return
}

// -----

func.func @broadcast(%x: tensor<2x3xf32>, %y: tensor<2xf32>) {
  // expected-error @+2 {{'nn.binary' op shapes 2x3 and 2 do not broadcast}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.binary add %x, %y : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @element_types(%x: tensor<2xf32>, %y: tensor<2xf16>) {
  // expected-error @+2 {{operands have different element types, 'f32' and 'f16'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.binary add %x, %y : (tensor<2xf32>, tensor<2xf16>) -> tensor<2xf32>
  return
}

// -----

func.func @unary_of_integers(%x: tensor<2xi32>) {
  // expected-error @+2 {{exp needs float or quantised elements, got 'i32'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.unary exp %x : tensor<2xi32> -> tensor<2xi32>
  return
}

// -----

func.func @result_shape(%x: tensor<2xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{inferred type(s) 'tensor<2xf32>' are incompatible with return type(s) of operation 'tensor<3xf32>'}}
  %0 = nn.unary exp %x : tensor<2xf32> -> tensor<3xf32>
  return
}

// -----

func.func @window(%x: tensor<1x1x4xf32>, %w: tensor<1x1x3xf32>) {
  // expected-error @+2 {{window of 7 does not fit into axis 2 of size 4 padded by 1 and 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w strides [1] pads [1, 1] dilations [3] group 1 : (tensor<1x1x4xf32>, tensor<1x1x3xf32>) -> tensor<1x1x1xf32>
  return
}

// -----

func.func @channels(%x: tensor<1x4x4xf32>, %w: tensor<2x1x3xf32>) {
  // expected-error @+2 {{input has 4 channels, the filter takes 1 in 2 groups}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w strides [1] pads [0, 0] dilations [1] group 2 : (tensor<1x4x4xf32>, tensor<2x1x3xf32>) -> tensor<1x2x2xf32>
  return
}

// -----

func.func @pads_length(%x: tensor<1x4x4xf32>, %w: tensor<2x4x3xf32>) {
  // expected-error @+2 {{pads has 1 values, needs 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.conv %x, %w strides [1] pads [0] dilations [1] group 1 : (tensor<1x4x4xf32>, tensor<2x4x3xf32>) -> tensor<1x2x2xf32>
  return
}

// -----

func.func @inner(%x: tensor<2x3xf32>, %y: tensor<4x5xf32>) {
  // expected-error @+2 {{inner dimensions differ: 3 and 4}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.matmul %x, %y : (tensor<2x3xf32>, tensor<4x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @axes(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{axes must ascend, got 0 after 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.reduce sum %x axes [1, 0] keepdims false : tensor<2x3xf32> -> tensor<f32>
  return
}

// -----

func.func @k(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{k is 4, axis 1 has 3 elements}}
  // expected-error @+1 {{failed to infer returned types}}
  %0:2 = nn.topk %x k 4 axis 1 largest true : tensor<2x3xf32> -> tensor<2x4xf32>, tensor<2x4xi64>
  return
}

// -----

func.func @reshape(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{result has 5 elements, the input 6}}
  %0 = nn.reshape %x : tensor<2x3xf32> -> tensor<5xf32>
  return
}

// -----

func.func @slice(%x: tensor<4xf32>) {
  // expected-error @+2 {{axis 0 of size 4 is read from 2 to 4}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.slice %x starts [2] sizes [3] steps [1] : tensor<4xf32> -> tensor<3xf32>
  return
}

// -----

func.func @permutation(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{permutation is wrong at axis 1}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.transpose %x permutation [1, 1] : tensor<2x3xf32> -> tensor<3x3xf32>
  return
}

// -----

func.func @indices(%x: tensor<4xf32>, %i: tensor<2xi8>) {
  // expected-error @+2 {{indices must be i32 or i64, got 'i8'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.gather %x, %i axis 0 : (tensor<4xf32>, tensor<2xi8>) -> tensor<2xf32>
  return
}

// -----

func.func @empty_gather(%x: tensor<0xf32>, %i: tensor<2xi64>) {
  // expected-error @+2 {{axis 0 has no elements to gather}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = nn.gather %x, %i axis 0 : (tensor<0xf32>, tensor<2xi64>) -> tensor<2xf32>
  return
}

// -----

func.func @scales(%x: tensor<4xf32>) {
  // expected-error @+1 {{has 2 scales, needs 1}}
  %0 = nn.resize linear %x scales [1.0, 2.0] half_pixel floor : tensor<4xf32> -> tensor<8xf32>
  return
}

// -----

func.func @per_axis(%x: tensor<2x3xf32>) {
  // expected-error @+1 {{has 2 scales for quantised axis 1 of size 3}}
  %0 = nn.quantize %x : tensor<2x3xf32> -> tensor<2x3x!quant.uniform<i8:f32:1, {0.5, 0.25}>>
  return
}

// -----

func.func @lstm(%x: tensor<5x1x3xf32>, %w: tensor<1x8x3xf32>, %r: tensor<1x8x2xf32>, %b: tensor<1x8xf32>, %h: tensor<1x1x2xf32>) {
  // expected-error @+1 {{bias has shape 1x8, needs 1x16}}
  %0:3 = nn.lstm forward %x, %w, %r, %b, %h, %h : (tensor<5x1x3xf32>, tensor<1x8x3xf32>, tensor<1x8x2xf32>, tensor<1x8xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>) -> (tensor<5x1x1x2xf32>, tensor<1x1x2xf32>, tensor<1x1x2xf32>)
  return
}

// -----

func.func @dispatch(%x: tensor<4xf32>) {
  // expected-error @+1 {{yielded types must be the result types}}
  %0 = nn.dispatch(%x) : (tensor<4xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<4xf32>):
    nn.yield %a : tensor<4xf32>
  }
  return
}
