"""The parts of the fault-injection campaign: tasks, styles of programs, healthy programs and planted faults."""
