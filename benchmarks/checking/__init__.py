"""Gradients with planted mistakes, and what checkers say of them."""
