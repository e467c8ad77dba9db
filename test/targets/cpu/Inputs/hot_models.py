# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes matmul.mlir (512x512x512, both operands inputs) and conv.mlir (3x3, 64 to 64 channels, 56x56, padded) into a folder."""
import os
import random
import struct
import sys

MATMUL = """func.func @main(%a: tensor<512x512xf32>, %b: tensor<512x512xf32>) -> tensor<512x512xf32> {
  %0 = nn.matmul %a, %b : (tensor<512x512xf32>, tensor<512x512xf32>) -> tensor<512x512xf32>
  return %0 : tensor<512x512xf32>
}
"""
CONV = """func.func @main(%x: tensor<1x64x56x56xf32>) -> tensor<1x64x56x56xf32> {
  %w = nn.constant dense<"0xWEIGHTS"> : tensor<64x64x3x3xf32>
  %b = nn.constant dense<0.5> : tensor<64xf32>
  %0 = nn.conv %x, %w, %b strides [1, 1] pads [1, 1, 1, 1] dilations [1, 1] group 1
    : (tensor<1x64x56x56xf32>, tensor<64x64x3x3xf32>, tensor<64xf32>) -> tensor<1x64x56x56xf32>
  return %0 : tensor<1x64x56x56xf32>
}
"""

random.seed(1)
weights = b"".join(struct.pack("<f", random.uniform(-0.1, 0.1)) for _ in range(64 * 64 * 9)).hex().upper()
for name, text in (("matmul", MATMUL), ("conv", CONV.replace("WEIGHTS", weights))):
    with open(os.path.join(sys.argv[1], name + ".mlir"), "w") as file:
        file.write(text)
