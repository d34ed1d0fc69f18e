"""A recorded computation: nodes, reverse mode over them, and the segments of a network in them."""
