"""What is at each pixel: one file a system."""
