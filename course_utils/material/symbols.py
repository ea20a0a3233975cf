"""The four symbols that every vocabulary begins with, so that an id means the same everywhere."""

PAD_ID, START_ID, END_ID, MASK_ID = range(4)
SYMBOLS = ("<pad>", "<start>", "<end>", "<mask>")
