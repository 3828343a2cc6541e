"""What each family added, as short lists that :func:`insidecnn.figures.block_diagram.draw` draws.

Each is a block as its paper describes it; batch norm stands where the paper has it.
"""

from insidecnn.figures.block_diagram import Block, beside

LENET = ["conv 5×5, 6", "subsample 2×2", "conv 5×5, 16", "subsample 2×2", "conv 5×5, 120", "fc 84", "RBF 10"]
ALEXNET = ["conv 11×11, 96", "pool 3×3", "conv 5×5, 256", "pool 3×3", "conv 3×3, 384", "conv 3×3, 384",
           "conv 3×3, 256", "pool 3×3", "fc 4096", "fc 4096", "fc 1000"]  # fmt: skip
VGG = ["conv 3×3", "ReLU", "conv 3×3", "ReLU", "pool 2×2"]
INCEPTION = [
    beside("concat", ["conv 1×1"], ["conv 1×1", "conv 3×3"], ["conv 1×1", "conv 5×5"], ["pool 3×3", "conv 1×1"])
]
RESIDUAL = [beside("+", ["conv 3×3", "batch norm", "ReLU", "conv 3×3", "batch norm"], []), "ReLU"]
BOTTLENECK = [beside("+", ["conv 1×1, 64", "conv 3×3, 64", "conv 1×1, 256"], []), "ReLU"]
FIRE = ["conv 1×1", "ReLU", beside("concat", ["conv 1×1", "ReLU"], ["conv 3×3", "ReLU"])]
DENSE_LAYER = beside("concat", ["batch norm", "ReLU", "conv 3×3"], [])
DENSE = [DENSE_LAYER, DENSE_LAYER]
SQUEEZE_EXCITE = [beside("×", [], ["average of each map", "fc", "ReLU", "fc", "sigmoid"])]
INVERTED = [beside("+", ["conv 1×1, wider", "ReLU6", "depthwise 3×3", "ReLU6", "conv 1×1, narrow"], [])]
CONVNEXT = [beside("+", ["depthwise 7×7", "layer norm", "conv 1×1, wider", "GELU", "conv 1×1, narrow"], [])]

BLOCKS: dict[str, Block] = {
    "LeNet-5": LENET,
    "AlexNet": ALEXNET,
    "VGG block": VGG,
    "Inception module": INCEPTION,
    "residual block": RESIDUAL,
    "bottleneck": BOTTLENECK,
    "fire module": FIRE,
    "dense block": DENSE,
    "squeeze-and-excite": SQUEEZE_EXCITE,
    "inverted residual": INVERTED,
    "ConvNeXt block": CONVNEXT,
}
