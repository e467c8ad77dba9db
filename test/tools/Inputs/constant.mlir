func.func @main() -> (tensor<2xf32> {nn.name = "z"}) {
  %0 = nn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  return %0 : tensor<2xf32>
}
