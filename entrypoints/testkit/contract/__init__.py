"""The parts of ``SessionCheckerContract``, one a question."""
