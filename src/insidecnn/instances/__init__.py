"""Instance segmentation: a mask for each object. One file a system."""
