"""The parts of ``SessionCheckerContract``, one for each topic."""
