func.func @main(%x: tensor<2x3xf32> {nn.name = "x"}, %y: tensor<2x3xf32> {nn.name = "y"}) -> (tensor<2x3xf32> {nn.name = "z"}) {
  %0 = nn.binary add %x, %y : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32> loc("Add_0")
  return %0 : tensor<2x3xf32>
}
