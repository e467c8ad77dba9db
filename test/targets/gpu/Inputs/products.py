# Products for tensor cores, whose sums are exact whichever way they are added up: small whole numbers.
import sys


def tensor(shape, element):
    return "tensor<" + "x".join(map(str, shape)) + f"x{element}>"


def floats(element, x, w, y):
    """x · w in f16 or bf16."""
    of = {name: (tensor(shape, "f32"), tensor(shape, element)) for name, shape in (("x", x), ("w", w), ("y", y))}
    (xf, xe), (wf, we), (yf, ye) = of["x"], of["w"], of["y"]
    return f"""func.func @main(%x: {xf} {{nn.name = "x"}}, %w: {wf} {{nn.name = "w"}}) -> ({yf} {{nn.name = "y"}}) {{
  %four = nn.constant dense<4.0> : tensor<f32>
  %0 = nn.binary mul %x, %four : ({xf}, tensor<f32>) -> {xf}
  %1 = nn.unary round %0 : {xf} -> {xf}
  %2 = nn.cast %1 : {xf} -> {xe}
  %3 = nn.binary mul %w, %four : ({wf}, tensor<f32>) -> {wf}
  %4 = nn.unary round %3 : {wf} -> {wf}
  %5 = nn.cast %4 : {wf} -> {we}
  %6 = nn.matmul %2, %5 : ({xe}, {we}) -> {ye} loc("product")
  %7 = nn.cast %6 : {ye} -> {yf}
  return %7 : {yf}
}}
"""


def plain(x, w, y):
    """x · w in f32."""
    xf, wf, yf = (tensor(shape, "f32") for shape in (x, w, y))
    return f"""func.func @main(%x: {xf} {{nn.name = "x"}}, %w: {wf} {{nn.name = "w"}}) -> ({yf} {{nn.name = "y"}}) {{
  %four = nn.constant dense<4.0> : tensor<f32>
  %0 = nn.binary mul %x, %four : ({xf}, tensor<f32>) -> {xf}
  %1 = nn.unary round %0 : {xf} -> {xf}
  %2 = nn.binary mul %w, %four : ({wf}, tensor<f32>) -> {wf}
  %3 = nn.unary round %2 : {wf} -> {wf}
  %4 = nn.matmul %1, %3 : ({xf}, {wf}) -> {yf} loc("product")
  return %4 : {yf}
}}
"""


def integers(stored, x_point, w_point, x, w, y, op="matmul", attributes=""):
    """x · w of 8-bit integers with zero points; a convolution by w where `op` says so."""
    xf, wf, yf = (tensor(shape, "f32") for shape in (x, w, y))
    xq, wq, yq = tensor(x, "!x"), tensor(w, "!w"), tensor(y, "!y")
    return f"""!x = !quant.uniform<{stored}:f32, 0.05:{x_point}>
!w = !quant.uniform<i8:f32, 0.01:{w_point}>
!y = !quant.uniform<i8:f32, 0.1:7>
func.func @main(%x: {xf} {{nn.name = "x"}}, %w: {wf} {{nn.name = "w"}}) -> ({yf} {{nn.name = "y"}}) {{
  %0 = nn.quantize %x : {xf} -> {xq}
  %1 = nn.quantize %w : {wf} -> {wq}
  %2 = nn.{op} %0, %1 {attributes}: ({xq}, {wq}) -> {yq} loc("product")
  %3 = nn.dequantize %2 : {yq} -> {yf}
  return %3 : {yf}
}}
"""


PRODUCTS = {
    # Whole units.
    "f16": floats("f16", (64, 32), (32, 48), (64, 48)),
    "bf16": floats("bf16", (64, 32), (32, 48), (64, 48)),
    "s8": integers("i8", 0, 0, (32, 64), (64, 32), (32, 32)),
    "s8_left": integers("i8", -11, 0, (32, 64), (64, 32), (32, 32)),
    "s8_right": integers("i8", 0, 3, (32, 64), (64, 32), (32, 32)),
    "u8_both": integers("u8", 121, -5, (32, 64), (64, 32), (32, 32)),
    # Tiles reach over every edge; rows of x are no pieces that can be copied.
    "f16_odd": floats("f16", (37, 45), (45, 29), (37, 29)),
    # Copies of 16, of 8 and of 4 bytes end before the last stage does; several stages.
    "bf16_deep": floats("bf16", (40, 264), (264, 24), (40, 24)),
    "s8_deep": integers("i8", 5, 0, (33, 296), (296, 40), (33, 40)),
    "u8_deep": integers("u8", 121, -5, (20, 300), (300, 18), (20, 18)),
    # One row: the columns become the rows.
    "s8_row": integers("i8", 3, -2, (1, 96), (96, 70), (1, 70)),
    # No unit, but the same tiles.
    "f32": plain((64, 48), (48, 64), (64, 64)),
    "f32_odd": plain((37, 45), (45, 29), (37, 29)),
    "f16_batch": floats("f16", (3, 20, 40), (3, 40, 24), (3, 20, 24)),
    # Padding is the zero point, which is not zero; and several images are columns of one product.
    "conv": integers("i8", -11, 0, (1, 8, 9, 11), (24, 8, 3, 3), (1, 24, 5, 11), "conv",
                     "strides [2, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1 "),
    "conv_batch": integers("u8", 128, 1, (2, 16, 7, 7), (32, 16, 3, 3), (2, 32, 5, 5), "conv",
                           "strides [1, 1] pads [0, 0, 0, 0] dilations [1, 1] group 1 "),
}

for name, text in PRODUCTS.items():
    with open(f"{sys.argv[1]}/{name}.mlir", "w") as file:
        file.write(text)
