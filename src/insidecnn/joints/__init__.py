"""Joint detection: where a person's head, hands and feet are."""
