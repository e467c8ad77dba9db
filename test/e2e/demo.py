#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The demo: a drawn line of text is read, and speech is found in a sound, chunk after chunk.

Everything is computed by the packages that `sinter compile` makes and `sinter-run` runs. Python draws the line of
text, makes the sound, and turns the recogniser's probabilities into letters.
"""
import os
import sys

import numpy as np
import onnx

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "models")]
import drawing  # noqa: E402
import models  # noqa: E402
import sinter  # noqa: E402
import voice  # noqa: E402

TEXT = "Sinter read this: 2026"
CHUNK, CONTEXT, RATE = 512, 64, 16000


def call(tool, *words):
    """Runs a tool, showing the command as a person would type it."""
    shown = [os.path.relpath(w, sinter.ROOT) if os.path.isabs(str(w)) else str(w) for w in words]
    print(f"$ {tool} {' '.join(shown)}", flush=True)
    done = sinter.run(tool, *words, timeout=600)
    if done.code != 0:
        sys.exit(f"{done.err}\n{tool} exited with {done.code}")
    return done.seconds


def compiled(name, work):
    model = models.find(name)
    package = os.path.join(work, name + ".sinter")
    seconds = call("sinter", "compile", models.prepare(model), *model.flags, "-o", package)
    print(f"  {os.path.getsize(package) / 1e6:.1f} MB in {seconds:.1f} s", flush=True)
    return package


def run(package, inputs, work, *words):
    inputs_file, outputs_file = os.path.join(work, "in.npz"), os.path.join(work, "out.npz")
    sinter.save_npz(inputs_file, inputs)
    call("sinter-run", package, "--inputs", inputs_file, "--outputs", outputs_file, *words)
    return sinter.load_npz(outputs_file)


def read_a_line(work):
    image = drawing.text_line(TEXT, 48, 320)
    image.save(os.path.join(work, "line.png"))
    package = compiled("ppocrv4_rec", work)
    probabilities = next(iter(run(package, {"x": drawing.recogniser_input(image)}, work).values()))
    metadata = {p.key: p.value for p in onnx.load(models.prepare(models.find("ppocrv4_rec"))).metadata_props}
    text, confidence = drawing.read_text(probabilities[0], metadata["character"].split("\n") + [" "])
    print(f"  drawn: {TEXT}\n  read:  {text}  (confidence {confidence:.2f})", flush=True)
    return text == TEXT


def find_speech(work):
    """Two seconds of silence, two of a voice, one of silence; each chunk sees the end of the one before."""
    sound, spoken = voice.sound_with_voice()
    chunks = len(sound) // CHUNK
    padded = np.concatenate([np.zeros(CONTEXT, np.float32), sound])
    rows = np.stack([padded[i * CHUNK:i * CHUNK + CHUNK + CONTEXT] for i in range(chunks)])[:, None]
    package = compiled("silero_vad_16k_op15", work)
    out = run(package, {"input": rows, "sr": np.full(chunks, RATE, np.int64)}, work, "--steps")
    speech = out["output"].reshape(-1)
    inside = np.array([spoken[0] <= i * CHUNK and (i + 1) * CHUNK <= spoken[1] for i in range(chunks)])
    per_row = 31
    for start in range(0, chunks, per_row):
        bars = "".join(" ▁▂▃▄▅▆▇█"[min(8, int(p * 9))] for p in speech[start:start + per_row])
        print(f"  {start * CHUNK / RATE:4.1f} s │{bars:<{per_row}}│", flush=True)
    print(f"  speech probability: {speech[inside].mean():.2f} where the voice is, {speech[~inside].mean():.2f} elsewhere")
    return speech[inside].mean() > 0.5 > speech[~inside].mean()


def main():
    sinter.need("sinter", "sinter-run")
    work = sinter.work_dir("demo")
    results = [read_a_line(work), find_speech(work)]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
