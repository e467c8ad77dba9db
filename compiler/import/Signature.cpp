// Binding of dimensions and state variables.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/import/Signature.h"
#include "compiler/import/ElementTypes.h"
#include "compiler/support/Checked.h"
#include "compiler/support/Limits.h"
#include "compiler/support/ReadFile.h"
#include "dialects/nn/NnShapes.h"
#include "dialects/nn/Tensor.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"

using namespace mlir;
using namespace sinter;
using namespace sinter::onnx_import;

using Dims = SmallVector<int64_t, 6>;

namespace {

class Resolver {
public:
  Resolver(const ImportOptions &options, Diagnostics &diagnostics) : options(options), diagnostics(diagnostics) {}

  bool checkOptions(const onnx::GraphProto &graph, ArrayRef<const onnx::ValueInfoProto *> inputs);
  void bindSymbols(const onnx::ValueInfoProto &input);
  bool resolve(const onnx::ValueInfoProto &input, MLIRContext *context, RankedTensorType &type);
  bool reportUnbound();

private:
  bool fail(DiagnosticCode code, StringRef place, const Twine &message, const Twine &remedy = "") {
    diagnostics.error(code, place, message, remedy);
    return false;
  }
  bool resolveShape(const onnx::ValueInfoProto &input, Dims &dims);

  const ImportOptions &options;
  Diagnostics &diagnostics;
  std::map<std::string, int64_t> symbols;
  llvm::StringSet<> dimsGiven; ///< By --dim; one whose value is refused is not missing as well.
  SmallVector<std::string> unbound, remedies;
};

} // namespace

static const onnx::TensorShapeProto *declaredShape(const onnx::ValueInfoProto &input) {
  const onnx::TypeProto::Tensor &tensor = input.type().tensor_type();
  return tensor.has_shape() ? &tensor.shape() : nullptr;
}

// Exporters write '?' where they mean no name: two of them need not be equal.
static bool isNamed(const onnx::TensorShapeProto::Dimension &dim) {
  return dim.has_dim_param() && !dim.dim_param().empty() && dim.dim_param() != "?";
}

// A name given to --dim or --shape that the model does not have is most likely a mistyped one.
bool Resolver::checkOptions(const onnx::GraphProto &graph, ArrayRef<const onnx::ValueInfoProto *> inputs) {
  llvm::StringSet<> names, symbolNames;
  SmallVector<std::string> listed;
  for (const onnx::ValueInfoProto *input : inputs) {
    names.insert(input->name());
    if (const onnx::TensorShapeProto *shape = declaredShape(*input))
      for (const auto &dim : shape->dim())
        if (isNamed(dim) && symbolNames.insert(dim.dim_param()).second)
          listed.push_back(dim.dim_param());
  }
  bool ok = true;
  for (const auto &[name, bound] : options.dims) {
    if (!symbolNames.contains(name))
      ok &= leaveUnknownName(options, diagnostics, "--dim " + name + ": the model's inputs have no such dimension",
                             listed.empty() ? "none of its dimensions is named; use --shape"
                                            : "named dimensions: " + llvm::join(listed, ", "));
    else if (bound.minimum != bound.maximum)
      ok = fail(DiagnosticCode::UnboundDimension, name,
                "--dim " + name + "=" + Twine(bound.minimum) + ".." + Twine(bound.maximum) +
                    ": bounded dynamic shapes are not supported yet",
                "give one value: --dim " + name + "=" + Twine(bound.maximum));
    else if (bound.minimum < 0 || bound.minimum > limits::dimension)
      ok = fail(DiagnosticCode::Usage, name,
                "--dim " + name + "=" + Twine(bound.minimum) + ": dimensions lie between 0 and " +
                    Twine(limits::dimension));
    else
      symbols[name] = bound.minimum;
    dimsGiven.insert(name);
  }
  for (const auto &entry : options.shapes)
    if (!names.contains(entry.first)) {
      SmallVector<std::string> all;
      for (const onnx::ValueInfoProto *input : inputs)
        all.push_back(input->name());
      ok &= leaveUnknownName(options, diagnostics, "--shape " + entry.first + ": the model has no such input",
                             "inputs: " + llvm::join(all, ", "));
    }
  return ok;
}

// --shape of one input binds the symbols in it for the others.
void Resolver::bindSymbols(const onnx::ValueInfoProto &input) {
  auto given = options.shapes.find(input.name());
  const onnx::TensorShapeProto *shape = declaredShape(input);
  if (given == options.shapes.end() || !shape || shape->dim_size() != static_cast<int>(given->second.size()))
    return;
  for (auto [dim, value] : llvm::zip_equal(shape->dim(), given->second))
    if (isNamed(dim))
      symbols.try_emplace(dim.dim_param(), value);
}

static std::string declaredText(const onnx::TensorShapeProto &shape) {
  SmallVector<std::string> parts;
  for (const auto &dim : shape.dim())
    parts.push_back(isNamed(dim) ? dim.dim_param() : dim.dim_value() > 0 ? std::to_string(dim.dim_value()) : "?");
  return parts.empty() ? "scalar" : llvm::join(parts, "x");
}

// The shape from --shape, checked against the declaration, or the declared one with its symbols
// bound.
bool Resolver::resolveShape(const onnx::ValueInfoProto &input, Dims &dims) {
  const onnx::TensorShapeProto *shape = declaredShape(input);
  auto given = options.shapes.find(input.name());
  if (given == options.shapes.end()) {
    if (!shape) {
      unbound.push_back("input '" + input.name() + "' has no shape");
      remedies.push_back("--shape " + input.name() + "=<dimensions, as in 1x3x224x224>");
      return true;
    }
    std::string suggestion;
    bool needsShape = false;
    for (auto [axis, dim] : llvm::enumerate(shape->dim())) {
      int64_t value = dim.dim_value();
      if (isNamed(dim)) {
        auto bound = symbols.find(dim.dim_param());
        value = bound == symbols.end() ? -1 : bound->second;
        if (value < 0 && !dimsGiven.contains(dim.dim_param())) {
          unbound.push_back("'" + dim.dim_param() + "' (input '" + input.name() + "', axis " + std::to_string(axis) +
                            ")");
          remedies.push_back("--dim " + dim.dim_param() + "=1");
        }
      } else if (value <= 0) {
        needsShape = true;
        unbound.push_back("axis " + std::to_string(axis) + " of input '" + input.name() + "', which has no name");
        value = -1;
      }
      suggestion += (suggestion.empty() ? "" : "x") + std::to_string(value < 0 ? 1 : value);
      dims.push_back(value);
    }
    if (needsShape)
      remedies.push_back("--shape " + input.name() + "=" + suggestion);
    return true;
  }
  dims.assign(given->second.begin(), given->second.end());
  if (!shape)
    return true;
  bool fits = shape->dim_size() == static_cast<int>(dims.size());
  for (int i = 0; fits && i < shape->dim_size(); ++i) {
    const auto &dim = shape->dim(i);
    if (isNamed(dim))
      fits = symbols.at(dim.dim_param()) == dims[i];
    else
      fits = dim.dim_value() <= 0 || dim.dim_value() == dims[i];
  }
  return fits || fail(DiagnosticCode::Usage, input.name(),
                      "--shape " + input.name() + "=" + nn::shapeString(dims) + " does not fit the model's shape " +
                          declaredText(*shape) + " and the other bindings");
}

static StringRef typeCase(const onnx::TypeProto &type) {
  if (type.has_sequence_type())
    return "a sequence";
  if (type.has_map_type())
    return "a map";
  if (type.has_optional_type())
    return "an optional";
  if (type.has_sparse_tensor_type())
    return "a sparse tensor";
  return "of no type";
}

bool Resolver::resolve(const onnx::ValueInfoProto &input, MLIRContext *context, RankedTensorType &type) {
  if (!input.type().has_tensor_type())
    return fail(DiagnosticCode::UnsupportedType, input.name(),
                "input '" + input.name() + "' is " + typeCase(input.type()) + "; only tensors are supported");
  int32_t number = input.type().tensor_type().elem_type();
  Type element = elementType(number, context);
  if (!element)
    return fail(DiagnosticCode::UnsupportedType, input.name(),
                "input '" + input.name() + "' has elements of type " + elementTypeName(number) +
                    ", which is not supported",
                elementTypeRemedy(number));
  Dims dims;
  if (!resolveShape(input, dims))
    return false;
  if (llvm::is_contained(dims, -1))
    return true; // Reported together by reportUnbound().
  std::optional<int64_t> count = checkedElementCount(dims);
  bool fits = count && *count <= limits::tensorElements && dims.size() <= static_cast<size_t>(limits::tensorRank) &&
              llvm::all_of(dims, [](int64_t dim) { return dim <= limits::dimension; });
  if (!fits)
    return fail(DiagnosticCode::LimitExceeded, input.name(),
                "input '" + input.name() + "' of shape " + nn::shapeString(dims) +
                    " is too large; the limits are rank " + Twine(limits::tensorRank) + ", " +
                    Twine(limits::dimension) + " a dimension, " + Twine(limits::tensorElements) + " elements");
  type = RankedTensorType::get(dims, element);
  return true;
}

bool Resolver::reportUnbound() {
  if (unbound.empty())
    return true;
  SmallVector<std::string> unique;
  for (const std::string &remedy : remedies)
    if (!llvm::is_contained(unique, remedy))
      unique.push_back(remedy);
  return fail(DiagnosticCode::UnboundDimension, "", "dimensions are not bound: " + llvm::join(unbound, "; "),
              "bind them, for example: " + llvm::join(unique, " "));
}

bool sinter::onnx_import::resolveInputs(const onnx::GraphProto &graph, const ImportOptions &options,
                                        MLIRContext *context, SmallVectorImpl<SignatureInput> &inputs,
                                        Diagnostics &diagnostics) {
  llvm::StringSet<> initialized;
  for (const onnx::TensorProto &tensor : graph.initializer())
    initialized.insert(tensor.name());
  for (const onnx::SparseTensorProto &tensor : graph.sparse_initializer())
    initialized.insert(tensor.values().name());
  SmallVector<const onnx::ValueInfoProto *> infos;
  for (const onnx::ValueInfoProto &input : graph.input())
    if (!initialized.contains(input.name()))
      infos.push_back(&input);
  Resolver resolver(options, diagnostics);
  bool ok = resolver.checkOptions(graph, infos);
  for (const onnx::ValueInfoProto *info : infos)
    resolver.bindSymbols(*info);
  for (const onnx::ValueInfoProto *info : infos) {
    RankedTensorType type;
    ok &= resolver.resolve(*info, context, type);
    inputs.push_back({info, type});
  }
  return resolver.reportUnbound() && ok;
}

// numpy's code for what carries an element's bits: numbers that it lacks travel as unsigned integers.
static std::string numpyCode(Type element) {
  unsigned width = nn::Tensor::elementBytes(element);
  char kind = 'u';
  if (isa<Float16Type, Float32Type, Float64Type>(element))
    kind = 'f';
  else if (element.isInteger(1))
    kind = 'b';
  else if (isa<IntegerType>(element) && element.getIntOrFloatBitWidth() >= 8 && !element.isUnsignedInteger())
    kind = 'i';
  return std::string(width == 1 ? "|" : "<") + kind + std::to_string(width);
}

// A shape as numpy's header has it: (), (3,), (2, 3).
static std::string numpyShape(ArrayRef<int64_t> shape) {
  std::string text = "(";
  for (auto [i, dim] : llvm::enumerate(shape))
    text += (i ? ", " : "") + std::to_string(dim);
  return text + (shape.size() == 1 ? ",)" : ")");
}

// The data of a .npy file, if its header describes exactly this type; the whole file if it is no
// .npy file.
static std::optional<StringRef> arrayData(StringRef bytes, RankedTensorType type, std::string &problem) {
  if (!bytes.starts_with("\x93NUMPY"))
    return bytes;
  if (bytes.size() < 12) {
    problem = "is cut short";
    return std::nullopt;
  }
  size_t headerAt = bytes[6] == 1 ? 10 : 12;
  size_t length = bytes[6] == 1 ? llvm::support::endian::read16le(bytes.data() + 8)
                                : llvm::support::endian::read32le(bytes.data() + 8);
  if (length > bytes.size() - headerAt) {
    problem = "is cut short";
    return std::nullopt;
  }
  StringRef header = bytes.substr(headerAt, length);
  std::string code = "'descr': '" + numpyCode(type.getElementType()) + "'";
  std::string shape = "'shape': " + numpyShape(type.getShape());
  if (!header.contains("'fortran_order': False") || !header.contains(code) || !header.contains(shape + ",")) {
    problem = "must be in C order with " + code + " and " + shape + ", its header is " + header.rtrim().str();
    return std::nullopt;
  }
  return bytes.substr(headerAt + length);
}

ElementsAttr sinter::onnx_import::readStateInit(const StateOption &state, RankedTensorType type,
                                                Diagnostics &diagnostics) {
  std::unique_ptr<llvm::MemoryBuffer> file = readFile(state.initFile, limits::modelBytes, diagnostics);
  if (!file)
    return {};
  std::string problem;
  std::optional<StringRef> data = arrayData(file->getBuffer(), type, problem);
  uint64_t needed = uint64_t(type.getNumElements()) * nn::Tensor::elementBytes(type.getElementType());
  if (data && data->size() != needed)
    problem = "holds " + std::to_string(data->size()) + " bytes of values, the state needs " + std::to_string(needed);
  if (!problem.empty()) {
    diagnostics.error(DiagnosticCode::File, state.input, "initial value " + state.initFile + " " + problem);
    return {};
  }
  return nn::Tensor::fromBytes(type, std::vector<uint8_t>(data->bytes_begin(), data->bytes_end())).toAttr(state.input);
}
