"""Watches programs: one leaf per framework; what they emit is defined once, in `measure`."""
