"""One module per contestant, so that each runs in an interpreter that has only what it needs."""
