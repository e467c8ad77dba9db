func.func @main(%x: tensor<4xf32> {nn.name = "x"}) -> (tensor<4xf32> {nn.name = "z"}) {
  %c = nn.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %0 = nn.binary add %x, %c : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("A")
  %1 = nn.binary add %0, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("B")
  %2 = nn.unary exp %1 : tensor<4xf32> -> tensor<4xf32> loc("E")
  return %2 : tensor<4xf32>
}
