"""Tasks beyond classification: what is where, which pixels, which joints, who is who, what happens."""
