"""Model classes; every file here travels inside the checkpoints it is needed by."""
