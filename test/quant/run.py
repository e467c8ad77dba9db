#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every integer tensor inside an int8 model, not its outputs alone.

All QuantizeLinear results of the model become outputs. The compiled package must give the reference evaluator's bits for
each of them. Then every operator is compared with onnxruntime's on the same integer inputs: the share of elements that
differ and the largest step are stated, and a step above one, or more than one element in ten thousand, fails. (Whole
networks amplify a single step; one operator at a time says what the arithmetic does.)

    run.py [NAME…]       the int8 models, or those named
    run.py --target=T    compiled for other targets than the CPU, which take all multiply-accumulates of the first one's kind;
                         what onnxruntime says is then known already
    run.py --target-file=FILE   a device that --target names
    run.py --skip=NAME   not this model
"""
import argparse
import os
import sys

import numpy as np
import onnx
import onnxruntime

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "models")]
import models as model_table  # noqa: E402
import sinter  # noqa: E402

LARGEST_SHARE = 1e-4
# A fused softmax of onnxruntime's is a step off its own unfused graph, which is what the definition follows.
LEVEL = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL


def quantized_names(model):
    return [node.output[0] for node in model.graph.node if node.op_type == "QuantizeLinear"]


def open_up(model):
    """The model with every quantised tensor as an output."""
    names = set(quantized_names(model))
    inferred = onnx.shape_inference.infer_shapes(model)
    del model.graph.output[:]
    model.graph.output.extend(value for value in inferred.graph.value_info if value.name in names)
    return model


def evaluate(path, work, inputs, options):
    """({name: array} of the package, the same of the reference evaluator)."""
    files = {name: os.path.join(work, name) for name in ("in.npz", "run.npz", "evaluated.npz", "model.sinter")}
    sinter.save_npz(files["in.npz"], inputs)
    for words in (("sinter", "compile", path, *options, "-o", files["model.sinter"]),
                  ("sinter-run", files["model.sinter"], "--inputs", files["in.npz"], "--outputs", files["run.npz"]),
                  ("sinter", "evaluate", path, "--inputs", files["in.npz"], "--outputs", files["evaluated.npz"], "--after=quantize")):
        done = sinter.run(*words, timeout=900)
        if done.code != 0:
            sys.exit(f"error: {words[0]} {words[1]} exited with {done.code}: {done.first_error()}")
    return sinter.load_npz(files["run.npz"]), sinter.load_npz(files["evaluated.npz"])


def operator_graph(model, name, tensors):
    """The nodes between the quantised tensors before `name` and it, as a model, and the values that it reads."""
    producers = {output: node for node in model.graph.node for output in node.output}
    weights = {w.name: w for w in model.graph.initializer}
    nodes, read, used = [], {}, {}

    def need(tensor):
        if tensor in weights:
            used[tensor] = weights[tensor]
        elif tensor in tensors and tensor != name:
            read[tensor] = tensors[tensor]
        elif tensor not in producers:
            return False
        elif producers[tensor] not in nodes:
            if not all(need(t) for t in producers[tensor].input if t):
                return False
            nodes.append(producers[tensor])
        return True

    if not need(name):
        return None, None
    value = lambda key, array: onnx.helper.make_tensor_value_info(key, onnx.helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)
    graph = onnx.helper.make_graph(nodes, "operator", [value(k, v) for k, v in read.items()], [value(name, tensors[name])],
                                   list(used.values()))
    return onnx.helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version), read


def compare_operators(model, evaluated):
    """(elements, of them differing from onnxruntime's, largest step)"""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level, options.log_severity_level = LEVEL, 3
    elements = differing = largest = 0
    for name in quantized_names(model):
        graph, read = operator_graph(model, name, evaluated)
        if graph is None:  # it quantises the model's input
            continue
        session = onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
        steps = np.abs(session.run(None, read)[0].astype(int) - evaluated[name])
        elements, differing = elements + steps.size, differing + int(np.count_nonzero(steps))
        largest = max(largest, int(steps.max()))
    return elements, differing, largest


def check(model, target, device):
    work = sinter.work_dir(os.path.join("quant", *([target.split(",")[0].replace(":", "-")] if target else []), model.name))
    opened = open_up(onnx.load(model_table.prepare(model)))
    path = os.path.join(work, "model.onnx")
    onnx.save(opened, path)
    options = [f"--target={target}", f"--require={target.split(':')[0]}:100%macs"] if target else []
    options += [f"--target-file={os.path.abspath(device)}"] if device else []
    ran, evaluated = evaluate(path, work, model_table.input_sets(model, 1)[0], options)
    wrong = [name for name in evaluated if ran[name].tobytes() != evaluated[name].tobytes()]
    if target:
        print(f"{model.name:24} {len(evaluated):4} tensors, {sum(v.size for v in evaluated.values()):9} elements on {target}"
              f"  {'FAIL: not the evaluator’s bits: ' + ', '.join(wrong) if wrong else 'ok'}", flush=True)
        return not wrong and bool(evaluated)
    elements, differing, largest = compare_operators(opened, evaluated)
    ok = not wrong and elements > 0 and largest <= 1 and differing <= LARGEST_SHARE * elements
    note = f"; not the evaluator's bits: {', '.join(wrong)}" if wrong else ""
    print(f"{model.name:24} {len(evaluated):4} tensors, {elements:9} elements, {differing} differ ({differing / max(elements, 1):.5%}),"
          f" largest step {largest}  {'ok' if ok else 'FAIL'}{note}", flush=True)
    return ok


def main():
    sinter.need("sinter", "sinter-run")
    parser = argparse.ArgumentParser()
    parser.add_argument("--target")
    parser.add_argument("--target-file")
    parser.add_argument("--skip", action="append", default=[])
    parser.add_argument("names", nargs="*")
    args = parser.parse_args()
    chosen = [model_table.find(name) for name in args.names] or [m for m in model_table.MODELS if m.int8 and m.name not in args.skip]
    passed = [check(model, args.target, args.target_file) for model in chosen].count(True)
    print(f"{passed} passed, {len(chosen) - passed} failed")
    sys.exit(0 if passed == len(chosen) else 1)


if __name__ == "__main__":
    main()
