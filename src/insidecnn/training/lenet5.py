"""The recipe of LeNet-5: scikit-learn's digits, the paper's loss, an optimiser of today.

python -m insidecnn.training.lenet5           # about a minute on one core; writes runs/lenet5/lenet5.safetensors and .json
python -m insidecnn.training.lenet5 --quick   # one epoch
"""

from insidecnn.classification import lenet5
from insidecnn.training.classification import Recipe
from insidecnn.training.digit_reader import SAME_WRITERS, command

RECIPE = Recipe(epochs=30, rate=8e-3, decay=0.0, shift=2)


def main() -> None:
    command("lenet5", __doc__, RECIPE, lenet5.LeNet5, SAME_WRITERS, loss=lenet5.loss, count=lenet5.right)


if __name__ == "__main__":
    main()
