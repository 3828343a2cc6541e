"""Where each slide of the deck stands in the book."""

REGRESSION, MLP, POOLING = "regression-and-classification.html", "why-not-an-mlp.html", "pooling.html"
CONVOLUTION, SETTINGS = "convolution.html", "convolution-settings.html"
TENSOR, ALEXNET = "image-to-tensor.html", "alexnet.html"
FIRST, DEEPER, CLASSIFIER = "first-layer.html", "deeper-layers.html", "classifier.html"

#: row of the deck → its slides, and (address, words) of where they stand in the book
PLACES = {
    "R1": ("Recap: regression", [(REGRESSION, "Regression and classification")]),
    "R2": ("Recap: classification", [(REGRESSION, "Regression and classification")]),
    "R3": ("Why not using MLP for image classification?", [(MLP, "Why not an MLP")]),
    "R4": (
        "Some patterns are much smaller · The same patterns · Subsampling",
        [(MLP, "Why not an MLP")],
    ),
    "R5": (
        "Use convolution and pooling · The whole CNN",
        [(f"{ALEXNET}#one-picture-all-the-way-through", "AlexNet: one picture, all the way through")],
    ),
    "R6": (
        "AlexNet( … )",
        [
            (f"{ALEXNET}#the-listing", "The listing"),
            (f"{ALEXNET}#check-a-listing", "Check a listing"),
        ],
    ),
    "R7": (
        "Load pre-trained CNN",
        [(f"{ALEXNET}#load-a-trained-network", "Load a trained network")],
    ),
    "R8": (
        "Deep neural networks for image understanding · Image sequence understanding · Pre-trained NN for CV",
        [("tasks.html", "Tasks")],
    ),
    "R9": ("History of CNN families · LeNet", [("families.html", "Families")]),
    "R10": ("Read image file", [(f"{TENSOR}#read-the-file", "Read the file")]),
    "R11": (
        "Image pre-processing",
        [
            (f"{TENSOR}#the-four-steps", "The four steps"),
            (f"{TENSOR}#normalised-to-n-0-1", "“Normalised to N(0, 1)”?"),
        ],
    ),
    "R12": ("Input to CNN · Input to MLP", [(f"{TENSOR}#a-batch-of-one", "A batch of one")]),
    "R13": ("1st convolution", [(f"{FIRST}#the-layer", "The first layer")]),
    "R14": (
        "Filter and convolution operation",
        [(f"{CONVOLUTION}#every-window", "Convolution: every window")],
    ),
    "R15": (
        "Property 1 · Property 2 · Filter has depth",
        [
            (CONVOLUTION, "Convolution"),
            (
                f"{CONVOLUTION}#a-filter-is-as-deep-as-its-input",
                "A filter is as deep as its input",
            ),
        ],
    ),
    "R16": (
        "Why convolution helps?",
        [
            (
                f"{CONVOLUTION}#convolution-is-a-layer-that-you-know-with-fewer-connections",
                "Fewer connections",
            )
        ],
    ),
    "R17": (
        "Filter weights of 1st convolution layer in AlexNet",
        [(f"{FIRST}#the-filters", "The filters")],
    ),
    "R18": ("Feature maps", [(f"{FIRST}#the-feature-maps", "The feature maps")]),
    "R19": (
        "Width and height of feature maps",
        [(f"{SETTINGS}#output-size", "How large is the map?")],
    ),
    "R20": (
        "Max pooling",
        [(POOLING, "Pooling"), (f"{DEEPER}#max-pooling", "Max pooling in AlexNet")],
    ),
    "R21": (
        "2nd convolution",
        [(f"{DEEPER}#the-second-convolution", "The second convolution")],
    ),
    "R22": (
        "3rd convolution",
        [
            (f"{DEEPER}#the-third-convolution", "The third convolution"),
            (f"{DEEPER}#is-the-next-slice-pooling", "Is the next slice pooling?"),
        ],
    ),
    "R23": ("Flatten", [(f"{CLASSIFIER}#flatten", "Flatten")]),
    "R24": (
        "(classifier): Sequential( … )",
        [(f"{CLASSIFIER}#the-classifier", "The classifier")],
    ),
    "R25": ("Practice – Draw AlexNet", [("practice.html", "Practice: draw AlexNet")]),
    "R26": (
        "Links and citations",
        [("references.html", "References"), ("glossary.html", "Glossary")],
    ),
}
