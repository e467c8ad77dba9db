// Two kernels of a Vulkan package: one with f16, which is best converted by the device, and one without.
func.func @main(%x: tensor<4x8xf16> {nn.name = "x"}, %y: tensor<4x8xf32> {nn.name = "y"}) -> (tensor<4x8xf16> {nn.name = "p"}, tensor<4x8xf32> {nn.name = "q"}) {
  %p = nn.binary mul %x, %x : (tensor<4x8xf16>, tensor<4x8xf16>) -> tensor<4x8xf16> loc("A")
  %q = nn.binary add %y, %y : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32> loc("B")
  return %p, %q : tensor<4x8xf16>, tensor<4x8xf32>
}
