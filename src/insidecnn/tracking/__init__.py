"""Object tracking: the same object, the same number, from frame to frame. One file a system."""
