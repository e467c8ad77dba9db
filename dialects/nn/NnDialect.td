// The nn dialect, its enumerations and base classes.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#ifndef SINTER_NN_DIALECT_TD
#define SINTER_NN_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/CommonAttrConstraints.td"
include "mlir/IR/CommonTypeConstraints.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/AttrTypeBase.td"

def Nn_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::sinter::nn";
  let summary = "What a model means: few, orthogonal operators on ranked tensors";
  let description = [{
    One operator for one meaning, whatever the element type: a convolution on quantised tensors is the same `nn.conv`
    with `!quant.uniform` element types, and its result follows the project's integer semantics
    (docs/integer-semantics.md). Tensors are ranked, row-major and value-semantic; shapes are static after import.
    Every operator verifies its shape, can be evaluated by the reference evaluator (Evaluator.h), and is pure.
  }];
  let dependentDialects = ["::mlir::quant::QuantDialect", "::mlir::func::FuncDialect"];
  let hasConstantMaterializer = 1;
  let useDefaultAttributePrinterParser = 1;
}

class Nn_I32Enum<string name, string summary, list<I32EnumAttrCase> cases> : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::sinter::nn";
  let genSpecializedAttr = 0;
}
class Nn_EnumAttr<EnumAttrInfo info, string mnemonic> : EnumAttr<Nn_Dialect, info, mnemonic>;

// Functions of one argument. alpha, beta, gamma are the operator's float attributes; unused ones stay at 0.
def Nn_UnaryKind : Nn_I32Enum<"UnaryKind", "element-wise function of one operand", [
  I32EnumAttrCase<"Abs", 0, "abs">, I32EnumAttrCase<"Neg", 1, "neg">, I32EnumAttrCase<"Exp", 2, "exp">,
  I32EnumAttrCase<"Log", 3, "log">, I32EnumAttrCase<"Sqrt", 4, "sqrt">, I32EnumAttrCase<"Reciprocal", 5, "reciprocal">,
  I32EnumAttrCase<"Floor", 6, "floor">, I32EnumAttrCase<"Ceil", 7, "ceil">,
  I32EnumAttrCase<"Round", 8, "round">,              // half to even
  I32EnumAttrCase<"Sign", 9, "sign">, I32EnumAttrCase<"Sin", 10, "sin">, I32EnumAttrCase<"Cos", 11, "cos">,
  I32EnumAttrCase<"Tan", 12, "tan">, I32EnumAttrCase<"Asin", 13, "asin">, I32EnumAttrCase<"Acos", 14, "acos">,
  I32EnumAttrCase<"Atan", 15, "atan">, I32EnumAttrCase<"Sinh", 16, "sinh">, I32EnumAttrCase<"Cosh", 17, "cosh">,
  I32EnumAttrCase<"Tanh", 18, "tanh">, I32EnumAttrCase<"Asinh", 19, "asinh">, I32EnumAttrCase<"Acosh", 20, "acosh">,
  I32EnumAttrCase<"Atanh", 21, "atanh">, I32EnumAttrCase<"Erf", 22, "erf">, I32EnumAttrCase<"Sigmoid", 23, "sigmoid">,
  I32EnumAttrCase<"Relu", 24, "relu">, I32EnumAttrCase<"LeakyRelu", 25, "leaky_relu">,      // alpha
  I32EnumAttrCase<"Elu", 26, "elu">,                 // alpha
  I32EnumAttrCase<"Selu", 27, "selu">,               // alpha, gamma
  I32EnumAttrCase<"Celu", 28, "celu">,               // alpha
  I32EnumAttrCase<"Softplus", 29, "softplus">, I32EnumAttrCase<"Softsign", 30, "softsign">,
  I32EnumAttrCase<"HardSigmoid", 31, "hard_sigmoid">, // max(0, min(1, alpha*x + beta))
  I32EnumAttrCase<"HardSwish", 32, "hard_swish">, I32EnumAttrCase<"Gelu", 33, "gelu">,
  I32EnumAttrCase<"GeluTanh", 34, "gelu_tanh">, I32EnumAttrCase<"Mish", 35, "mish">,
  I32EnumAttrCase<"ThresholdedRelu", 36, "thresholded_relu">, // alpha
  I32EnumAttrCase<"Shrink", 37, "shrink">,           // alpha = lambda, beta = bias
  I32EnumAttrCase<"Swish", 38, "swish">,             // x * sigmoid(alpha*x)
  I32EnumAttrCase<"Not", 39, "not">, I32EnumAttrCase<"BitwiseNot", 40, "bitwise_not">,
  I32EnumAttrCase<"IsNan", 41, "is_nan">,            // result i1
  I32EnumAttrCase<"IsInf", 42, "is_inf">             // result i1; alpha != 0: negative too, beta != 0: positive too
]>;

def Nn_BinaryKind : Nn_I32Enum<"BinaryKind", "element-wise function of two broadcast operands", [
  I32EnumAttrCase<"Add", 0, "add">, I32EnumAttrCase<"Sub", 1, "sub">, I32EnumAttrCase<"Mul", 2, "mul">,
  I32EnumAttrCase<"Div", 3, "div">,                  // integers truncate toward zero
  I32EnumAttrCase<"Pow", 4, "pow">, I32EnumAttrCase<"Min", 5, "min">, I32EnumAttrCase<"Max", 6, "max">,
  I32EnumAttrCase<"Mod", 7, "mod">,                  // sign of the divisor (Python)
  I32EnumAttrCase<"Fmod", 8, "fmod">,                // sign of the dividend (C)
  I32EnumAttrCase<"And", 9, "and">, I32EnumAttrCase<"Or", 10, "or">, I32EnumAttrCase<"Xor", 11, "xor">, // i1
  I32EnumAttrCase<"BitwiseAnd", 12, "bitwise_and">, I32EnumAttrCase<"BitwiseOr", 13, "bitwise_or">,
  I32EnumAttrCase<"BitwiseXor", 14, "bitwise_xor">,
  I32EnumAttrCase<"ShiftLeft", 15, "shift_left">, I32EnumAttrCase<"ShiftRight", 16, "shift_right">,
  I32EnumAttrCase<"Prelu", 17, "prelu">              // x < 0 ? slope * x : x
]>;

def Nn_CompareKind : Nn_I32Enum<"CompareKind", "comparison", [
  I32EnumAttrCase<"Equal", 0, "eq">, I32EnumAttrCase<"Less", 1, "lt">, I32EnumAttrCase<"LessOrEqual", 2, "le">,
  I32EnumAttrCase<"Greater", 3, "gt">, I32EnumAttrCase<"GreaterOrEqual", 4, "ge">]>;

def Nn_ReduceKind : Nn_I32Enum<"ReduceKind", "reduction", [
  I32EnumAttrCase<"Sum", 0, "sum">, I32EnumAttrCase<"Mean", 1, "mean">, I32EnumAttrCase<"Max", 2, "max">,
  I32EnumAttrCase<"Min", 3, "min">, I32EnumAttrCase<"Prod", 4, "prod">, I32EnumAttrCase<"SumSquare", 5, "sum_square">,
  I32EnumAttrCase<"L1", 6, "l1">]>;

def Nn_PoolKind : Nn_I32Enum<"PoolKind", "pooling", [
  I32EnumAttrCase<"Max", 0, "max">,
  I32EnumAttrCase<"Average", 1, "average">,                      // divides by the elements inside the input
  I32EnumAttrCase<"AverageIncludePad", 2, "average_include_pad"> // divides by the elements inside the padded input
]>;

def Nn_PadMode : Nn_I32Enum<"PadMode", "what lies beyond the border", [
  I32EnumAttrCase<"Constant", 0, "constant">, I32EnumAttrCase<"Reflect", 1, "reflect">,
  I32EnumAttrCase<"Edge", 2, "edge">, I32EnumAttrCase<"Wrap", 3, "wrap">]>;

def Nn_ScatterKind : Nn_I32Enum<"ScatterKind", "how an update meets what is there", [
  I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"Add", 1, "add">, I32EnumAttrCase<"Mul", 2, "mul">,
  I32EnumAttrCase<"Max", 3, "max">, I32EnumAttrCase<"Min", 4, "min">]>;

def Nn_ResizeMode : Nn_I32Enum<"ResizeMode", "interpolation", [
  I32EnumAttrCase<"Nearest", 0, "nearest">, I32EnumAttrCase<"Linear", 1, "linear">, I32EnumAttrCase<"Cubic", 2, "cubic">]>;
def Nn_ResizeCoordinate : Nn_I32Enum<"ResizeCoordinate", "output to input coordinate", [
  I32EnumAttrCase<"HalfPixel", 0, "half_pixel">, I32EnumAttrCase<"Asymmetric", 1, "asymmetric">,
  I32EnumAttrCase<"AlignCorners", 2, "align_corners">, I32EnumAttrCase<"PytorchHalfPixel", 3, "pytorch_half_pixel">,
  I32EnumAttrCase<"HalfPixelSymmetric", 4, "half_pixel_symmetric">]>;
def Nn_NearestRound : Nn_I32Enum<"NearestRound", "rounding of a nearest coordinate", [
  I32EnumAttrCase<"PreferFloor", 0, "round_prefer_floor">, I32EnumAttrCase<"PreferCeil", 1, "round_prefer_ceil">,
  I32EnumAttrCase<"Floor", 2, "floor">, I32EnumAttrCase<"Ceil", 3, "ceil">]>;

def Nn_RnnDirection : Nn_I32Enum<"RnnDirection", "direction of a recurrence", [
  I32EnumAttrCase<"Forward", 0, "forward">, I32EnumAttrCase<"Reverse", 1, "reverse">,
  I32EnumAttrCase<"Bidirectional", 2, "bidirectional">]>;

def Nn_UnaryKindAttr : Nn_EnumAttr<Nn_UnaryKind, "unary_kind">;
def Nn_BinaryKindAttr : Nn_EnumAttr<Nn_BinaryKind, "binary_kind">;
def Nn_CompareKindAttr : Nn_EnumAttr<Nn_CompareKind, "compare_kind">;
def Nn_ReduceKindAttr : Nn_EnumAttr<Nn_ReduceKind, "reduce_kind">;
def Nn_PoolKindAttr : Nn_EnumAttr<Nn_PoolKind, "pool_kind">;
def Nn_PadModeAttr : Nn_EnumAttr<Nn_PadMode, "pad_mode">;
def Nn_ScatterKindAttr : Nn_EnumAttr<Nn_ScatterKind, "scatter_kind">;
def Nn_ResizeModeAttr : Nn_EnumAttr<Nn_ResizeMode, "resize_mode">;
def Nn_ResizeCoordinateAttr : Nn_EnumAttr<Nn_ResizeCoordinate, "resize_coordinate">;
def Nn_NearestRoundAttr : Nn_EnumAttr<Nn_NearestRound, "nearest_round">;
def Nn_RnnDirectionAttr : Nn_EnumAttr<Nn_RnnDirection, "rnn_direction">;

#endif
