"""Object detection: a box and a class for each object. One file a system."""
