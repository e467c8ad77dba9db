// Operators of the nn dialect.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_NN_OPS_TD
#define SINTER_NN_OPS_TD

include "dialects/nn/NnDialect.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Nn_Quantized : Type<CPred<"::llvm::isa<::mlir::quant::QuantizedType>($_self)">, "quantised type">;
def Nn_Tensor : StaticShapeTensorOf<[AnyFloat, AnyInteger, Nn_Quantized]>;

class Nn_Op<string mnemonic, list<Trait> traits = []> : Op<Nn_Dialect, mnemonic, !listconcat([Pure], traits)> {
  let hasVerifier = 1;
}

// An operator whose result shape follows from operands and attributes. inferReturnTypes gives the type and complains of
// operands that do not fit each other; the operator's verifier runs it, and accepts a quantised element type in place of
// the inferred one (isCompatibleReturnTypes, the same for all).
class Nn_InferOp<string mnemonic, list<Trait> traits = []>
    : Op<Nn_Dialect, mnemonic, !listconcat([Pure, InferTypeOpAdaptorWithIsCompatible], traits)>;

//===--------------------------------------------------------------------------------------------------------------===//
// Constants and casts
//===--------------------------------------------------------------------------------------------------------------===//

def Nn_ConstantOp : Nn_Op<"constant", [ConstantLike, DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "a tensor known at compile time";
  let description = [{
    `value` holds dense elements, or a dense resource for large weights. With a quantised result type the value holds the
    storage type's integers.
    ```mlir
    %w = nn.constant dense<1.0> : tensor<4xf32>
    ```
  }];
  let arguments = (ins ElementsAttr:$value);
  let results = (outs Nn_Tensor:$result);
  let hasFolder = 1;
  let builders = [OpBuilder<(ins "::mlir::ElementsAttr":$value), [{ build($_builder, $_state, value.getShapedType(), value); }]>];
  let hasCustomAssemblyFormat = 1;
}

def Nn_CastOp : Nn_Op<"cast"> {
  let summary = "convert the element type, as ONNX Cast";
  let description = [{
    Float to integer truncates toward zero; out of range and NaN are as ONNX's reference. To i1: not equal to zero.
    Narrowing floats round to nearest even; `saturate` concerns float8 alone.
  }];
  let arguments = (ins Nn_Tensor:$input, DefaultValuedAttr<BoolAttr, "true">:$saturate);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}

def Nn_QuantizeOp : Nn_Op<"quantize"> {
  let summary = "float to quantised: saturate(round_half_even(x / scale) + zero_point)";
  let description = [{
    Scale, zero point and axis are in the result's `!quant.uniform` element type. A quantised input is brought to another
    quantisation, in integers (docs/integer-semantics.md).
  }];
  let arguments = (ins Nn_Tensor:$input);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

def Nn_DequantizeOp : Nn_Op<"dequantize"> {
  let summary = "quantised to float: (q - zero_point) * scale";
  let arguments = (ins Nn_Tensor:$input);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
}

def Nn_BitcastOp : Nn_Op<"bitcast"> {
  let summary = "the same bits with another element type of the same width";
  let description = [{ Between an integer tensor and the quantised tensor that stores it. A view, never a kernel. }];
  let arguments = (ins Nn_Tensor:$input);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}

def Nn_DynamicQuantizeOp : Nn_Op<"dynamic_quantize"> {
  let summary = "ONNX DynamicQuantizeLinear: u8 values, scale and zero point from the data's range";
  let arguments = (ins Nn_Tensor:$input);
  let results = (outs Nn_Tensor:$result, Nn_Tensor:$scale, Nn_Tensor:$zero_point);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type(results)";
}

//===--------------------------------------------------------------------------------------------------------------===//
// Element-wise
//===--------------------------------------------------------------------------------------------------------------===//

def Nn_UnaryOp : Nn_InferOp<"unary"> {
  let summary = "element-wise function of one tensor";
  let description = [{ `nn.unary exp %x : tensor<4xf32>`; parameters alpha, beta, gamma as UnaryKind says. }];
  let arguments = (ins Nn_UnaryKindAttr:$kind, Nn_Tensor:$input, DefaultValuedAttr<F64Attr, "0.0">:$alpha,
    DefaultValuedAttr<F64Attr, "0.0">:$beta, DefaultValuedAttr<F64Attr, "0.0">:$gamma);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`` $kind $input attr-dict `:` type($input) `->` type($result)";
  let builders = [OpBuilder<(ins "::mlir::Type":$type, "UnaryKind":$kind, "::mlir::Value":$input, CArg<"double", "0">:$alpha,
      CArg<"double", "0">:$beta, CArg<"double", "0">:$gamma), [{
    build($_builder, $_state, type, UnaryKindAttr::get($_builder.getContext(), kind), input,
        $_builder.getF64FloatAttr(alpha), $_builder.getF64FloatAttr(beta), $_builder.getF64FloatAttr(gamma));
  }]>];
  let hasFolder = 1;
}

def Nn_BinaryOp : Nn_InferOp<"binary"> {
  let summary = "element-wise function of two tensors, with numpy broadcasting";
  let arguments = (ins Nn_BinaryKindAttr:$kind, Nn_Tensor:$lhs, Nn_Tensor:$rhs);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`` $kind $lhs `,` $rhs attr-dict `:` `(` type($lhs) `,` type($rhs) `)` `->` type($result)";
  let hasFolder = 1;
}

def Nn_CompareOp : Nn_InferOp<"compare"> {
  let summary = "element-wise comparison with numpy broadcasting; the result is i1";
  let arguments = (ins Nn_CompareKindAttr:$kind, Nn_Tensor:$lhs, Nn_Tensor:$rhs);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`` $kind $lhs `,` $rhs attr-dict `:` `(` type($lhs) `,` type($rhs) `)` `->` type($result)";
}

def Nn_SelectOp : Nn_InferOp<"select"> {
  let summary = "condition ? lhs : rhs, all three broadcast";
  let arguments = (ins Nn_Tensor:$condition, Nn_Tensor:$lhs, Nn_Tensor:$rhs);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$condition `,` $lhs `,` $rhs attr-dict `:` `(` type($condition) `,` type($lhs) `,` type($rhs) `)` `->` type($result)";
}

//===--------------------------------------------------------------------------------------------------------------===//
// Contractions
//===--------------------------------------------------------------------------------------------------------------===//

def Nn_ConvOp : Nn_InferOp<"conv"> {
  let summary = "convolution of N x C x spatial... with M x C/group x kernel...";
  let description = [{
    1 to 3 spatial dimensions. `pads` has begin and end for each, [b0, b1, …, e0, e1, …] as in ONNX; padding contributes
    zero (the zero point, when quantised). `bias` has shape [M]; i32 when quantised, in units of input scale times filter scale.
    Source: ONNX Conv; quantised: INTEGERS "Convolution, matmul".
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_Tensor:$filter, Optional<Nn_Tensor>:$bias,
    DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$group);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = [{
    $input `,` $filter (`,` $bias^)? `strides` $strides `pads` $pads `dilations` $dilations `group` $group attr-dict
    `:` functional-type(operands, results) }];
}

def Nn_ConvTransposeOp : Nn_InferOp<"conv_transpose"> {
  let summary = "transposed convolution of N x C x spatial... with C x M/group x kernel...";
  let arguments = (ins Nn_Tensor:$input, Nn_Tensor:$filter, Optional<Nn_Tensor>:$bias,
    DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations, I64Attr:$group,
    DenseI64ArrayAttr:$output_padding);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = [{
    $input `,` $filter (`,` $bias^)? `strides` $strides `pads` $pads `dilations` $dilations `group` $group
    `output_padding` $output_padding attr-dict `:` functional-type(operands, results) }];
}

def Nn_MatmulOp : Nn_InferOp<"matmul"> {
  let summary = "batched matrix product, batch dimensions broadcast as in numpy.matmul";
  let description = [{
    Both operands have rank 2 or more (the importer reshapes vectors). `bias`, if any, is [N] and added to the last axis
    (i32 when quantised). Quantised rhs may be per-axis on its last axis.
  }];
  let arguments = (ins Nn_Tensor:$lhs, Nn_Tensor:$rhs, Optional<Nn_Tensor>:$bias);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$lhs `,` $rhs (`,` $bias^)? attr-dict `:` functional-type(operands, results)";
}

def Nn_LstmOp : Nn_Op<"lstm"> {
  let summary = "ONNX LSTM with default activations (sigmoid, tanh, tanh), no peepholes";
  let description = [{
    input [T, B, I], w [D, 4H, I], r [D, 4H, H], bias [D, 8H] (zeros when the model has none), initial_h and
    initial_c [D, B, H]; gate order i, o, f, c. Results y [T, D, B, H], y_h and y_c [D, B, H].
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_Tensor:$w, Nn_Tensor:$r, Nn_Tensor:$bias, Nn_Tensor:$initial_h,
    Nn_Tensor:$initial_c, Nn_RnnDirectionAttr:$direction);
  let results = (outs Nn_Tensor:$y, Nn_Tensor:$y_h, Nn_Tensor:$y_c);
  let assemblyFormat = [{
    `` $direction $input `,` $w `,` $r `,` $bias `,` $initial_h `,` $initial_c attr-dict `:` functional-type(operands, results) }];
}

//===--------------------------------------------------------------------------------------------------------------===//
// Reductions and windows
//===--------------------------------------------------------------------------------------------------------------===//

def Nn_PoolOp : Nn_InferOp<"pool"> {
  let summary = "pooling over windows of N x C x spatial...";
  let description = [{ Pads are resolved: ceil_mode and auto_pad are expressed in `pads` (end pads may let a window begin
    in the padding's last part only if ONNX's shape says so). }];
  let arguments = (ins Nn_PoolKindAttr:$kind, Nn_Tensor:$input, DenseI64ArrayAttr:$kernel, DenseI64ArrayAttr:$strides,
    DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
    // End pads that count as padding for AverageIncludePad; the rest of `pads` came from ceil_mode. Empty: all of them.
    DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$counted_pads);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = [{
    `` $kind $input `kernel` $kernel `strides` $strides `pads` $pads `dilations` $dilations attr-dict `:` type($input) `->` type($result) }];
}

def Nn_ReduceOp : Nn_InferOp<"reduce"> {
  let summary = "reduction over axes";
  let description = [{ `axes` ascending, without repeats. `keepdims`: reduced axes stay with size 1. }];
  let arguments = (ins Nn_ReduceKindAttr:$kind, Nn_Tensor:$input, DenseI64ArrayAttr:$axes, BoolAttr:$keepdims);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`` $kind $input `axes` $axes `keepdims` $keepdims attr-dict `:` type($input) `->` type($result)";
}

def Nn_ArgReduceOp : Nn_InferOp<"arg_reduce"> {
  let summary = "index (i64) of the largest or least element along one axis";
  let arguments = (ins Nn_ReduceKindAttr:$kind, Nn_Tensor:$input, I64Attr:$axis, BoolAttr:$keepdims, BoolAttr:$select_last);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`` $kind $input `axis` $axis `keepdims` $keepdims `select_last` $select_last attr-dict `:` type($input) `->` type($result)";
}

def Nn_SoftmaxOp : Nn_InferOp<"softmax"> {
  let summary = "exp(x - max) / sum along one axis, or its logarithm";
  let arguments = (ins Nn_Tensor:$input, I64Attr:$axis, DefaultValuedAttr<BoolAttr, "false">:$log);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `axis` $axis attr-dict `:` type($input) `->` type($result)";
}

def Nn_LayerNormOp : Nn_InferOp<"layer_norm", [AttrSizedOperandSegments]> {
  let summary = "(x - mean) / sqrt(variance + epsilon) * scale + bias over the axes from `axis` on";
  let description = [{ scale and bias broadcast to the normalised axes; either may be absent. `rms`: no mean is taken. }];
  let arguments = (ins Nn_Tensor:$input, Optional<Nn_Tensor>:$scale, Optional<Nn_Tensor>:$bias, I64Attr:$axis,
    F64Attr:$epsilon, DefaultValuedAttr<BoolAttr, "false">:$rms);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = [{
    $input (`scale` $scale^)? (`bias` $bias^)? `axis` $axis `epsilon` $epsilon attr-dict `:` functional-type(operands, results) }];
}

def Nn_CumSumOp : Nn_InferOp<"cumsum"> {
  let summary = "running sum along one axis";
  let arguments = (ins Nn_Tensor:$input, I64Attr:$axis, BoolAttr:$exclusive, BoolAttr:$reverse);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `axis` $axis `exclusive` $exclusive `reverse` $reverse attr-dict `:` type($input) `->` type($result)";
}

def Nn_TopKOp : Nn_InferOp<"topk"> {
  let summary = "the k largest or least elements along one axis, sorted; ties by lower index";
  let arguments = (ins Nn_Tensor:$input, I64Attr:$k, I64Attr:$axis, BoolAttr:$largest);
  let results = (outs Nn_Tensor:$values, Nn_Tensor:$indices);
  let assemblyFormat = "$input `k` $k `axis` $axis `largest` $largest attr-dict `:` type($input) `->` type($values) `,` type($indices)";
}

//===--------------------------------------------------------------------------------------------------------------===//
// Data movement
//===--------------------------------------------------------------------------------------------------------------===//

def Nn_ReshapeOp : Nn_Op<"reshape"> {
  let summary = "the same elements in the same order with another shape";
  let arguments = (ins Nn_Tensor:$input);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}

def Nn_TransposeOp : Nn_InferOp<"transpose"> {
  let summary = "permute axes: result axis i is input axis permutation[i]";
  let arguments = (ins Nn_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `permutation` $permutation attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}

def Nn_UnpackOp : Nn_Op<"unpack"> {
  let summary = "a tensor stored in blocks of some axes, in its natural order";
  let description = [{
    The input is what a kernel reads fast: each of `axes` cut into blocks of `blocks`, the blocks' numbers outermost and the
    elements in the blocks innermost, both in the order of `axes`: `[ceil(size / block)…, other axes…, block…]`; last
    blocks may hold padding, which the result drops.
    Layout passes put it between a packed constant and its user, so that the user keeps its meaning; targets read the
    packed form directly.
  }];
  let arguments = (ins Nn_Tensor:$input, DenseI64ArrayAttr:$axes, DenseI64ArrayAttr:$blocks);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `axes` $axes `blocks` $blocks attr-dict `:` type($input) `->` type($result)";
}

def Nn_BroadcastOp : Nn_Op<"broadcast"> {
  let summary = "numpy broadcast to the result's shape";
  let arguments = (ins Nn_Tensor:$input);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}

def Nn_SliceOp : Nn_InferOp<"slice"> {
  let summary = "strided slice of every axis: result[i] = input[starts + i * steps], sizes elements";
  let description = [{ Full rank; steps may be negative; starts are in range. }];
  let arguments = (ins Nn_Tensor:$input, DenseI64ArrayAttr:$starts, DenseI64ArrayAttr:$sizes, DenseI64ArrayAttr:$steps);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `starts` $starts `sizes` $sizes `steps` $steps attr-dict `:` type($input) `->` type($result)";
  let hasFolder = 1;
}

def Nn_ConcatOp : Nn_InferOp<"concat"> {
  let summary = "join along one axis";
  let arguments = (ins Variadic<Nn_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$inputs `axis` $axis attr-dict `:` functional-type(operands, results)";
}

def Nn_PadOp : Nn_InferOp<"pad"> {
  let summary = "extend every axis; negative pads crop";
  let description = [{ `pads` = [begin of each axis…, end of each axis…]. `value` is a rank-0 tensor, for Constant mode; zero if absent. }];
  let arguments = (ins Nn_PadModeAttr:$mode, Nn_Tensor:$input, Optional<Nn_Tensor>:$value, DenseI64ArrayAttr:$pads);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`` $mode $input (`,` $value^)? `pads` $pads attr-dict `:` functional-type(operands, results)";
}

def Nn_GatherOp : Nn_InferOp<"gather"> {
  let summary = "ONNX Gather: rows of `input` along `axis` chosen by `indices` (negative count from the end)";
  let description = [{ An index out of range reads the nearest valid row on every target, so memory is never left. }];
  let arguments = (ins Nn_Tensor:$input, Nn_Tensor:$indices, I64Attr:$axis);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `,` $indices `axis` $axis attr-dict `:` functional-type(operands, results)";
}

def Nn_GatherElementsOp : Nn_InferOp<"gather_elements"> {
  let summary = "ONNX GatherElements";
  let arguments = (ins Nn_Tensor:$input, Nn_Tensor:$indices, I64Attr:$axis);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `,` $indices `axis` $axis attr-dict `:` functional-type(operands, results)";
}

def Nn_GatherNdOp : Nn_InferOp<"gather_nd"> {
  let summary = "ONNX GatherND";
  let arguments = (ins Nn_Tensor:$input, Nn_Tensor:$indices, I64Attr:$batch_dims);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `,` $indices `batch_dims` $batch_dims attr-dict `:` functional-type(operands, results)";
}

def Nn_ScatterElementsOp : Nn_InferOp<"scatter_elements"> {
  let summary = "ONNX ScatterElements, updates applied in row-major order";
  let arguments = (ins Nn_ScatterKindAttr:$kind, Nn_Tensor:$input, Nn_Tensor:$indices, Nn_Tensor:$updates, I64Attr:$axis);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`` $kind $input `,` $indices `,` $updates `axis` $axis attr-dict `:` functional-type(operands, results)";
}

def Nn_ScatterNdOp : Nn_InferOp<"scatter_nd"> {
  let summary = "ONNX ScatterND, updates applied in row-major order";
  let arguments = (ins Nn_ScatterKindAttr:$kind, Nn_Tensor:$input, Nn_Tensor:$indices, Nn_Tensor:$updates);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`` $kind $input `,` $indices `,` $updates attr-dict `:` functional-type(operands, results)";
}

def Nn_ResizeOp : Nn_Op<"resize"> {
  let summary = "ONNX Resize and Upsample of every axis";
  let description = [{ `scales` has one factor an axis (output/input as ONNX uses it in the coordinate formula). }];
  let arguments = (ins Nn_ResizeModeAttr:$mode, Nn_Tensor:$input, DenseF64ArrayAttr:$scales,
    Nn_ResizeCoordinateAttr:$coordinate, Nn_NearestRoundAttr:$nearest, DefaultValuedAttr<F64Attr, "-0.75">:$cubic_coeff,
    DefaultValuedAttr<BoolAttr, "false">:$exclude_outside);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "`` $mode $input `scales` $scales `` $coordinate `` $nearest attr-dict `:` type($input) `->` type($result)";
}

//===--------------------------------------------------------------------------------------------------------------===//
// Dispatch regions
//===--------------------------------------------------------------------------------------------------------------===//

def Nn_DispatchOp : Nn_Op<"dispatch", [IsolatedFromAbove, SingleBlockImplicitTerminator<"::sinter::nn::YieldOp">]> {
  let summary = "operators that run as one kernel";
  let description = [{
    Operands are the region's arguments, results what it yields. Made by the fuse stage, read by the outline stage. The
    target is the discardable attribute `nn.target`.
  }];
  let arguments = (ins Variadic<Nn_Tensor>:$inputs);
  let results = (outs Variadic<Nn_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "(`(` $inputs^ `)`)? attr-dict-with-keyword `:` functional-type(operands, results) $body";
}

def Nn_YieldOp : Nn_Op<"yield", [Terminator, ReturnLike, ParentOneOf<["DispatchOp"]>]> {
  let summary = "results of a region";
  let arguments = (ins Variadic<Nn_Tensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
  let hasVerifier = 0;
}

#endif
