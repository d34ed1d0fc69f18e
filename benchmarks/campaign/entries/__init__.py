"""The planted faults, a file per group of rules; each has `FAULTS`: a rule's name to its `Entry`."""
