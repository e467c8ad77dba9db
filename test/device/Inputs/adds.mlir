// Additions only, of tensors of 4,000 bytes: the device's arenas hold 4,096.
func.func @main(%x: tensor<1000xf32> {nn.name = "x"}, %y: tensor<1000xf32> {nn.name = "y"}) -> (tensor<1000xf32> {nn.name = "z"}) {
  %0 = nn.binary add %x, %y : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32> loc("A")
  %1 = nn.binary add %0, %x : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32> loc("B")
  %2 = nn.binary add %1, %0 : (tensor<1000xf32>, tensor<1000xf32>) -> tensor<1000xf32> loc("C")
  return %2 : tensor<1000xf32>
}
