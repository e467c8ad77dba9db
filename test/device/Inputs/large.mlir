func.func @main(%x: tensor<1025xf32> {nn.name = "x"}) -> (tensor<1025xf32> {nn.name = "y"}) {
  %0 = nn.binary add %x, %x : (tensor<1025xf32>, tensor<1025xf32>) -> tensor<1025xf32> loc("A")
  return %0 : tensor<1025xf32>
}
