// The null target: four hooks, in the order in which the compiler calls them.
//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "NullTarget.h"
#include "../NullCode.h"
#include "compiler/package/ElementType.h"
#include "compiler/target/TargetJson.h"
#include "dialects/nn/Nn.h"
#include "dialects/nn/Provenance.h"
#include "dialects/nn/Work.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace sinter;

namespace sinter::null {
extern const char *const nullTargetJson; // target.json, embedded by the build.
}

namespace {

/// Numbers of package.fbs that the driver can add.
bool canAdd(uint8_t type) {
  constexpr uint8_t f32 = 1, f64 = 2, i8 = 5, u64 = 12;
  return type == f32 || type == f64 || (type >= i8 && type <= u64);
}

/// Why the driver could not execute `op`, or nothing.
std::optional<Refusal> whyNot(Operation *op) {
  auto refuse = [&](std::string reason, std::string limit = "", std::string value = "") {
    return Refusal{llvm::join(nodeNames(op->getLoc()), ", "), std::move(reason), std::move(limit), std::move(value)};
  };
  auto binary = dyn_cast<nn::BinaryOp>(op);
  if (!binary || binary.getKind() != nn::BinaryKind::Add)
    return refuse("copies and additions are all it does");
  auto lhs = binary.getLhs().getType(), rhs = binary.getRhs().getType(), result = binary.getResult().getType();
  if (lhs != rhs || lhs != result)
    return refuse("it adds tensors of equal shape and type");
  if (isa<quant::QuantizedType>(result.getElementType()) || !canAdd(elementTypeNumber(result.getElementType())))
    return refuse("it adds floats of 32 and 64 bits, and integers of 8 bits and more");
  return std::nullopt;
}

class NullTarget : public Target {
public:
  explicit NullTarget(TargetInfo facts) : facts(std::move(facts)) {}

  const TargetInfo &info() const override { return facts; }

  std::unique_ptr<Target> refined(TargetInfo device) const override {
    return std::make_unique<NullTarget>(std::move(device));
  }

  /// One operation is one claim and becomes one kernel.
  bool joinsClaims() const override { return false; }

  ClaimResult claim(ArrayRef<Operation *> ops) const override {
    ClaimResult result;
    for (Operation *op : ops) {
      if (std::optional<Refusal> refusal = whyNot(op)) {
        result.refusals.push_back(std::move(*refusal));
        continue;
      }
      uint64_t bytes = nn::workOf(op).bytes; // a byte a cycle
      result.claims.push_back({{op}, static_cast<double>(bytes), bytes});
    }
    return result;
  }

  /// A kernel is executed whole, and may write over either operand: element by element, it reads before it writes.
  LogicalResult lower(ModuleOp kernels) const override {
    Builder builder(kernels.getContext());
    for (func::FuncOp kernel : kernels.getOps<func::FuncOp>()) {
      kernel->setAttr("program.grid", builder.getI64IntegerAttr(1));
      kernel->setAttr("program.inplace", builder.getDenseI64ArrayAttr({0, 0, 0, 1}));
    }
    return success();
  }

  FailureOr<std::vector<EmittedVariant>> emit(ModuleOp kernels, const EmitOptions &options, unsigned) const override {
    if (options.text && options.stage == EmitStage::Llvm)
      return kernels.emitError("the null target has no LLVM form; its code is made from nn directly");
    EmittedVariant variant;
    variant.info = facts.variants.front();
    for (func::FuncOp kernel : kernels.getOps<func::FuncOp>()) {
      variant.entries.push_back(variant.image.size());
      variant.scratch.push_back(0);
      append(variant.image, recordOf(kernel));
    }
    if (options.text)
      options.text->write(variant.image.data(), variant.image.size());
    return std::vector<EmittedVariant>{std::move(variant)};
  }

private:
  static null::Record recordOf(func::FuncOp kernel) {
    auto type = cast<RankedTensorType>(kernel.getResultTypes().front());
    return {static_cast<uint32_t>(null::Operation::Add), elementTypeNumber(type.getElementType()),
            static_cast<uint64_t>(type.getNumElements())};
  }

  static void append(llvm::SmallVectorImpl<char> &image, null::Record record) {
    const char *bytes = reinterpret_cast<const char *>(&record);
    image.append(bytes, bytes + sizeof(record));
  }

  TargetInfo facts;
};

} // namespace

std::unique_ptr<Target> sinter::null::createNullTarget() {
  return std::make_unique<NullTarget>(readTargetJson(null::nullTargetJson));
}
