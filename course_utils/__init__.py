"""Decoding LLM training: everything the chapters of the test-taking course compute and show."""

__version__ = "0.1.0"
