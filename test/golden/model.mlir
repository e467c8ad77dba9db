// The model of the golden packages: what the null target runs still has to be such a model.
// RUN: sinter compile %s --target=null -o %t.sinter && sinter verify %t.sinter
//
// y = x + c; the state h grows by y; z = y + h. The start of h is 100, 200, 300, 400.
func.func @main(%x: tensor<4xf32> {nn.name = "x"}, %h: tensor<4xf32> {nn.name = "h", nn.state = "h", nn.state_init = dense<[100.0, 200.0, 300.0, 400.0]> : tensor<4xf32>})
    -> (tensor<4xf32> {nn.name = "y"}, tensor<4xf32> {nn.name = "z"}, tensor<4xf32> {nn.name = "hn", nn.state = "h"}) {
  %c = nn.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %y = nn.binary add %x, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("shift")
  %n = nn.binary add %h, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("grow")
  %z = nn.binary add %y, %n : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("sum")
  return %y, %z, %n : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}
