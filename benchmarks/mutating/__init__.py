"""Automatic mutants of healthy scripts."""
