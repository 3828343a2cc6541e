"""The recipe of ResNet-20: scikit-learn's digits.

python -m insidecnn.training.resnet           # five minutes on one core; writes runs/resnet/resnet.safetensors and .json
python -m insidecnn.training.resnet --quick   # one epoch
"""

from insidecnn.classification.resnet import ResNet
from insidecnn.training.classification import Recipe
from insidecnn.training.digit_reader import SAME_WRITERS, command

RECIPE = Recipe(epochs=12)


def main() -> None:
    command("resnet", __doc__, RECIPE, ResNet, SAME_WRITERS)


if __name__ == "__main__":
    main()
