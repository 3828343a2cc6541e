"""Action classification: what is done in a clip, which no single frame shows. One file a system."""
