"""Metrics of a session checker, for a service that uses Prometheus."""

from ..adapters.metrics.session_checker_collector import SessionCheckerCollector

__all__ = ["SessionCheckerCollector"]
