"""The views of `AttemptExplorer`, one a file; each shows one idea of the forward pass."""
