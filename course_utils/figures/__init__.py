"""Pure drawing: arrays in, a picture and its text alternative out."""
