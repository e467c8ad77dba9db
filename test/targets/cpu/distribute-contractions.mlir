// A window operation's kernel is split around it; a kernel that has a grid is not split again.
// RUN: sinter-opt %s --cpu-lower-nn --cpu-distribute-contractions --distribute-workgroups | FileCheck %s

// Channels of a depthwise convolution are split; what follows updates the window where it lies, in rows of all its pixels.
// CHECK-LABEL: func.func @depthwise
// CHECK-SAME: program.grid = [[GRID:[0-9]+]]
// CHECK: scf.forall
// CHECK: %[[WINDOW:.*]] = cpu.row_conv
// CHECK: %[[PIXELS:.*]] = tensor.collapse_shape %[[WINDOW]]
// CHECK: %[[LONG:.*]] = tensor.collapse_shape %[[PIXELS]]
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]} ins({{.*}}) outs(%[[LONG]]
// CHECK: tensor.parallel_insert_slice
func.func @depthwise(%x: tensor<1x96x56x56xf32>, %w: tensor<96x1x3x3xf32>, %b: tensor<96xf32>) -> tensor<1x96x56x56xf32> {
  %0 = nn.conv %x, %w, %b strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 96
    : (tensor<1x96x56x56xf32>, tensor<96x1x3x3xf32>, tensor<96xf32>) -> tensor<1x96x56x56xf32>
  %1 = nn.unary relu %0 : tensor<1x96x56x56xf32> -> tensor<1x96x56x56xf32>
  return %1 : tensor<1x96x56x56xf32>
}
