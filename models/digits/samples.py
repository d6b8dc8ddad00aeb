"""Writes samples/: held-out digits as image files, the true label in the name. Needs both digit models.

From the repository root: python models/digits/samples.py
"""
import pathlib
import sys

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import digits_data  # noqa: E402
import publish  # noqa: E402

_, images, _, truth = digits_data.split_digits()
answers = {
    name: publish.open_session(HERE.parent / name).run(["label", "probabilities"], {"image": digits_data.as_input(images)})
    for name in ("digits", "digits-fast")
}


def clear_case(digit: int) -> Image.Image:
    """The first held-out image of this digit of which both models are sure."""
    sure = [(labels == truth) & (scores.max(axis=1) > 0.99) for labels, scores in answers.values()]
    return Image.fromarray(images[np.flatnonzero(sure[0] & sure[1] & (truth == digit))[0]])


def hard_case() -> tuple[int, Image.Image]:
    """The image `digits` is surest of among those where `digits-fast` is wrong and unsure (below 0.6)."""
    (labels, scores), (fast_labels, fast_scores) = answers["digits"], answers["digits-fast"]
    hard = (labels == truth) & (fast_labels != truth) & (fast_scores.max(axis=1) < 0.6)
    row = int(np.argmax(np.where(hard, scores.max(axis=1), 0)))
    return int(truth[row]), Image.fromarray(images[row])


folder = HERE / "samples"
folder.mkdir(exist_ok=True)
clear_case(7).save(folder / "7.png")
clear_case(3).save(folder / "3.jpg", quality=95)
# Each pixel four by four times: any sound way of scaling down gives the 28x28 original.
clear_case(5).resize((112, 112), Image.Resampling.NEAREST).save(folder / "5-large.png")
digit, image = hard_case()
image.save(folder / f"{digit}-hard.png")
