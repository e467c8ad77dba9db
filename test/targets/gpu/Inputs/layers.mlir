// A product with exp behind it, and a softmax.
func.func @main(%x: tensor<16x32xf32> {nn.name = "x"}, %w: tensor<32x24xf32> {nn.name = "w"}) -> (tensor<16x24xf32> {nn.name = "y"}) {
  %0 = nn.matmul %x, %w : (tensor<16x32xf32>, tensor<32x24xf32>) -> tensor<16x24xf32> loc("A")
  %1 = nn.unary exp %0 : tensor<16x24xf32> -> tensor<16x24xf32> loc("B")
  %2 = nn.softmax %1 axis 1 : tensor<16x24xf32> -> tensor<16x24xf32> loc("C")
  return %2 : tensor<16x24xf32>
}
