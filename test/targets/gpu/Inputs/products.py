# Products for tensor cores, whose sums are exact whichever way they are added up: small whole numbers.
import sys

FLOAT = """func.func @main(%x: tensor<64x32xf32> {{nn.name = "x"}}, %w: tensor<32x48xf32> {{nn.name = "w"}}) -> (tensor<64x48xf32> {{nn.name = "y"}}) {{
  %four = nn.constant dense<4.0> : tensor<f32>
  %0 = nn.binary mul %x, %four : (tensor<64x32xf32>, tensor<f32>) -> tensor<64x32xf32>
  %1 = nn.unary round %0 : tensor<64x32xf32> -> tensor<64x32xf32>
  %2 = nn.cast %1 : tensor<64x32xf32> -> tensor<64x32x{0}>
  %3 = nn.binary mul %w, %four : (tensor<32x48xf32>, tensor<f32>) -> tensor<32x48xf32>
  %4 = nn.unary round %3 : tensor<32x48xf32> -> tensor<32x48xf32>
  %5 = nn.cast %4 : tensor<32x48xf32> -> tensor<32x48x{0}>
  %6 = nn.matmul %2, %5 : (tensor<64x32x{0}>, tensor<32x48x{0}>) -> tensor<64x48x{0}> loc("product")
  %7 = nn.cast %6 : tensor<64x48x{0}> -> tensor<64x48xf32>
  return %7 : tensor<64x48xf32>
}}
"""

INTEGER = """!x = !quant.uniform<{0}:f32, 0.05:{1}>
!w = !quant.uniform<i8:f32, 0.01:{2}>
!y = !quant.uniform<i8:f32, 0.1:7>
func.func @main(%x: tensor<32x64xf32> {{nn.name = "x"}}, %w: tensor<64x32xf32> {{nn.name = "w"}}) -> (tensor<32x32xf32> {{nn.name = "y"}}) {{
  %0 = nn.quantize %x : tensor<32x64xf32> -> tensor<32x64x!x>
  %1 = nn.quantize %w : tensor<64x32xf32> -> tensor<64x32x!w>
  %2 = nn.matmul %0, %1 : (tensor<32x64x!x>, tensor<64x32x!w>) -> tensor<32x32x!y> loc("product")
  %3 = nn.dequantize %2 : tensor<32x32x!y> -> tensor<32x32xf32>
  return %3 : tensor<32x32xf32>
}}
"""

PRODUCTS = {
    "f16": FLOAT.format("f16"), "bf16": FLOAT.format("bf16"),
    "s8": INTEGER.format("i8", 0, 0), "s8_left": INTEGER.format("i8", -11, 0),
    "s8_right": INTEGER.format("i8", 0, 3), "u8_both": INTEGER.format("u8", 121, -5),
}

for name, text in PRODUCTS.items():
    with open(f"{sys.argv[1]}/{name}.mlir", "w") as file:
        file.write(text)
