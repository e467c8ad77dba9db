// y = s + x, and the state s becomes y; z = relu(y) + x.
func.func @main(%x: tensor<4xf32> {nn.name = "x"}, %s: tensor<4xf32> {nn.name = "s", nn.state = "s"})
    -> (tensor<4xf32> {nn.name = "y"}, tensor<4xf32> {nn.name = "z"}, tensor<4xf32> {nn.name = "s.next", nn.state = "s"}) {
  %0 = nn.binary add %s, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("A")
  %1 = nn.unary relu %0 : tensor<4xf32> -> tensor<4xf32> loc("R")
  %2 = nn.binary add %1, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("B")
  return %0, %2, %0 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}
