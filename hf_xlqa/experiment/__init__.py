"""One experiment from its arguments to its record: what recipes, `hf-xlqa train` and the examples run."""
