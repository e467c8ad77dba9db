// The CPU target's own operations on tensors.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_CPU_OPS_TD
#define SINTER_CPU_OPS_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/CommonTypeConstraints.td"
include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"

def Cpu_Dialect : Dialect {
  let name = "cpu";
  let cppNamespace = "::sinter::cpu";
  let summary = "Contractions that the CPU target tiles for registers";
  let description = [{
    These operations live on tensors, and on buffers after bufferization, where they have no result, between the distribution of a kernel into workgroups and register tiling. Each computes a
    window of its result: the destination's shape is the window's size, `offsets` its place in the whole. Inputs are
    never sliced, so a window may begin anywhere without halo arithmetic, and borders need no padded copy. What the
    destination held is ignored.
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect", "::mlir::affine::AffineDialect"];
}

def Cpu_Operand : AnyTypeOf<[AnyRankedTensor, AnyMemRef]>;

class Cpu_WindowOp<string mnemonic> : Op<Cpu_Dialect, mnemonic, [DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<BufferizableOpInterface, ["bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues",
      "bufferize"]>,
    DeclareOpInterfaceMethods<TilingInterface, ["getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation",
      "getResultTilePosition", "generateResultTileValue"]>]> {
  let results = (outs Optional<AnyRankedTensor>:$result);
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getDestinationMutable(); }
  }];
}

def Cpu_ConvOp : Cpu_WindowOp<"conv"> {
  let summary = "a window of a convolution with a packed filter";
  let description = [{
    input [N, C, spatial…], filter [ceil(M / 16), C / group, kernel…, 16], result window of [N, M, spatial…]; one or two
    spatial dimensions; element type f32. Padding contributes zero.
  }];
  let arguments = (ins Cpu_Operand:$input, Cpu_Operand:$filter, Variadic<Index>:$offsets,
    Cpu_Operand:$destination, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
    I64Attr:$group, I64Attr:$channels);
  let assemblyFormat = [{
    $input `,` $filter `into` $destination `at` `[` $offsets `]` `strides` $strides `pads` $pads `dilations` $dilations
    `group` $group `channels` $channels attr-dict `:` type($input) `,` type($filter) `,` type($destination) (`->` type($result)^)? }];
}

def Cpu_RowConvOp : Cpu_WindowOp<"row_conv"> {
  let summary = "a window of a convolution whose vectors lie along rows of pixels";
  let description = [{
    For few output channels a group, depthwise convolutions first: input [N, C, spatial…], filter as the operator has it
    [M, C / group, kernel…], result window of [N, M, spatial…]; one or two spatial dimensions; element type f32. Padding
    contributes zero.
  }];
  let arguments = (ins Cpu_Operand:$input, Cpu_Operand:$filter, Variadic<Index>:$offsets,
    Cpu_Operand:$destination, DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
    I64Attr:$group);
  let assemblyFormat = [{
    $input `,` $filter `into` $destination `at` `[` $offsets `]` `strides` $strides `pads` $pads `dilations` $dilations
    `group` $group attr-dict `:` type($input) `,` type($filter) `,` type($destination) (`->` type($result)^)? }];
}

def Cpu_MatmulOp : Cpu_WindowOp<"matmul"> {
  let summary = "a window of a matrix product";
  let description = [{
    lhs [batch…, M, K]; rhs packed [ceil(N / 16), K, 16] where `packed`, else [batch…, K, N] with batch dimensions of the
    same number as the lhs's, each equal to the result's or 1; result window of [batch…, M, N]; element type f32.
  }];
  let arguments = (ins Cpu_Operand:$lhs, Cpu_Operand:$rhs, Variadic<Index>:$offsets,
    Cpu_Operand:$destination, BoolAttr:$packed);
  let assemblyFormat = [{
    $lhs `,` $rhs `into` $destination `at` `[` $offsets `]` `packed` $packed attr-dict
    `:` type($lhs) `,` type($rhs) `,` type($destination) (`->` type($result)^)? }];
}

class Cpu_QuantizedWindowOp<string mnemonic> : Cpu_WindowOp<mnemonic> {
  code requantization = [{
    Sums are requantized as they leave the registers: clamp(RNE(sum * factor) + zero), with `limits` = [zero, low, high] and
    `factors` of f64, or of the i64 that high words are requantized by (contraction/DotProduct.h), one for each output channel. The multiplications take the input's stored values, with 128 added to
    each where `signed_input`, so that they are unsigned; `bias` (i32) corrects for the zero point that this gives, `input_zero`.
  }];
}

def Cpu_QuantizedConvOp : Cpu_QuantizedWindowOp<"quantized_conv"> {
  let summary = "a window of an 8-bit convolution with a packed filter";
  let description = [{
    input [N, C, spatial…], result window of [N, M, spatial…], one or two spatial dimensions. The filter has blocks of 16
    output channels and of 4 terms of a dot product: channels, [ceil(M / 16), ceil(C / 4), kernel…, 16, 4], or with fewer
    than 4 channels a group taps of a kernel row, [ceil(M / 16), ceil(S / 4), C / group, kernel rows…, 16, 4]. Padding
    holds the input's zero point.
  }] # requantization;
  let arguments = (ins Cpu_Operand:$input, Cpu_Operand:$filter, Cpu_Operand:$bias, Cpu_Operand:$factors,
    Variadic<Index>:$offsets, Cpu_Operand:$destination, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$group, I64Attr:$channels, I64Attr:$input_zero,
    BoolAttr:$signed_input, DenseI64ArrayAttr:$limits);
  let assemblyFormat = [{
    $input `,` $filter `,` $bias `,` $factors `into` $destination `at` `[` $offsets `]` `kernel` $kernel `strides` $strides
    `pads` $pads `dilations` $dilations `group` $group `channels` $channels `zero` $input_zero `signed` $signed_input
    `limits` $limits attr-dict
    `:` type($input) `,` type($filter) `,` type($bias) `,` type($factors) `,` type($destination) (`->` type($result)^)? }];
}

def Cpu_QuantizedMatmulOp : Cpu_QuantizedWindowOp<"quantized_matmul"> {
  let summary = "a window of an 8-bit matrix product";
  let description = [{
    lhs [batch…, M, K]; rhs [ceil(N / B), ceil(K / 4), B, 4] in blocks of B columns; result window of [batch…, M, N].
  }] # requantization;
  let arguments = (ins Cpu_Operand:$lhs, Cpu_Operand:$rhs, Cpu_Operand:$bias, Cpu_Operand:$factors, Variadic<Index>:$offsets,
    Cpu_Operand:$destination, BoolAttr:$signed_input, DenseI64ArrayAttr:$limits);
  let assemblyFormat = [{
    $lhs `,` $rhs `,` $bias `,` $factors `into` $destination `at` `[` $offsets `]` `signed` $signed_input `limits` $limits attr-dict
    `:` type($lhs) `,` type($rhs) `,` type($bias) `,` type($factors) `,` type($destination) (`->` type($result)^)? }];
}

#endif
