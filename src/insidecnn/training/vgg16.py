"""The recipe of VGG16: all its layers with an eighth of the channels, and scikit-learn's digits.

python -m insidecnn.training.vgg16           # two minutes on one core; writes runs/vgg16/vgg16.safetensors and .json
python -m insidecnn.training.vgg16 --quick   # one epoch
"""

from insidecnn.classification.vgg import VGG16
from insidecnn.training.classification import Recipe
from insidecnn.training.digit_reader import SAME_WRITERS, command

RECIPE = Recipe(epochs=30, rate=1e-3, decay=0.05, shift=2)


def main() -> None:
    command("vgg16", __doc__, RECIPE, VGG16, SAME_WRITERS)


if __name__ == "__main__":
    main()
