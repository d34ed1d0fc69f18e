"""Complete training scripts with mistakes planted in them, in many programming styles, and how they are named."""
