"""The shipped weights, as safetensors, and their model cards."""
