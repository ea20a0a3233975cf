"""The question bank: one module for each chapter, with its quiz and what it recalls."""
