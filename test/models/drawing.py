# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Pictures of text, drawn on the spot with DejaVu Sans, and the answer of a text recogniser read back."""
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"


def font_of(size):
    """Letters set by PIL itself: what libraqm and its system libraries would do to them differs from machine to machine."""
    return ImageFont.truetype(FONT, size, layout_engine=ImageFont.Layout.BASIC)


def text_line(text, height, width):
    """One line of dark text on light ground, as large as fits: RGB image."""
    size = int(height * 0.7)
    while size > 8 and font_of(size).getlength(text) > width * 0.94:
        size -= 1
    image = Image.new("RGB", (width, height), (244, 242, 236))
    font = font_of(size)
    ImageDraw.Draw(image).text((width * 0.03, height / 2), text, font=font, fill=(25, 30, 45), anchor="lm")
    return image


def text_page(lines, height, width):
    """Several lines of text on one picture."""
    image = Image.new("RGB", (width, height), (244, 242, 236))
    step = height // len(lines)
    for row, text in enumerate(lines):
        image.paste(text_line(text, step, width), (0, row * step))
    return image


def normalised(image, mean, std):
    """NCHW float32, blue first as the models were trained."""
    pixels = np.asarray(image, np.float32)[:, :, ::-1] / 255.0
    pixels = (pixels - np.array(mean, np.float32)) / np.array(std, np.float32)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32)


def recogniser_input(image):
    return normalised(image, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def read_text(probabilities, characters):
    """Connectionist temporal classification, greedy: [time, class] → (text, mean confidence). Class 0 is blank."""
    best = probabilities.argmax(-1)
    kept = [t for t, c in enumerate(best) if c != 0 and (t == 0 or c != best[t - 1])]
    text = "".join(characters[best[t] - 1] for t in kept)
    return text, float(np.mean([probabilities[t, best[t]] for t in kept])) if kept else 0.0
