# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A sound with something like a voice in it: glottal pulses through moving formants, in syllables."""
import numpy as np

RATE = 16000
# Formants (Hz) of a, i, u, e, o as a man speaks them.
VOWELS = [(730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410)]
BANDWIDTHS = (80, 100, 140)


def resonator(signal, frequencies, bandwidth):
    """A two-pole filter whose frequency moves with time."""
    out = np.zeros_like(signal)
    radius = np.exp(-np.pi * bandwidth / RATE)
    a1 = 2 * radius * np.cos(2 * np.pi * frequencies / RATE)
    a2 = -radius * radius
    y1 = y2 = 0.0
    for i, x in enumerate(signal):
        y = (1 - radius) * x + a1[i] * y1 + a2 * y2
        out[i], y1, y2 = y, y, y1
    return out


def voice(samples, seed=3):
    """`samples` of syllables: a falling and rising pitch, vowels that glide into each other, breath between."""
    random = np.random.Generator(np.random.PCG64(seed))
    t = np.arange(samples) / RATE
    syllable = 0.24
    count = int(np.ceil(samples / RATE / syllable)) + 1
    pitch = 118 + 22 * np.sin(2 * np.pi * 0.7 * t) + 6 * np.sin(2 * np.pi * 5.1 * t)
    phase = np.cumsum(pitch) / RATE
    pulses = np.diff(np.floor(phase), prepend=0.0)
    source = pulses * 6 + 0.03 * random.normal(size=samples)
    targets = [VOWELS[random.integers(len(VOWELS))] for _ in range(count)]
    position = t / syllable
    index = np.minimum(position.astype(int), count - 2)
    glide = np.clip((position - index - 0.55) / 0.45, 0, 1)
    out = np.zeros(samples)
    for formant, bandwidth in enumerate(BANDWIDTHS):
        values = np.array([target[formant] for target in targets], np.float64)
        track = values[index] * (1 - glide) + values[index + 1] * glide
        out += resonator(source, track, bandwidth) * (1.0, 0.6, 0.3)[formant]
    envelope = 0.25 + 0.75 * np.abs(np.sin(np.pi * position)) ** 0.6
    out *= envelope
    return (0.35 * out / np.abs(out).max()).astype(np.float32)


def sound_with_voice():
    """(sound, (first, last) sample of the voice)."""
    random = np.random.Generator(np.random.PCG64(5))
    sound = (0.001 * random.normal(size=5 * RATE)).astype(np.float32)
    first, last = 2 * RATE, 4 * RATE
    sound[first:last] += voice(last - first)
    return sound, (first, last)
