"""What a test reads from metrics."""

from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import CollectorRegistry

from cybershop_customer.adapters.metrics.metric_factory import Children
from cybershop_customer.adapters.metrics.service_metrics import ServiceMetrics


def value(metrics: ServiceMetrics | CollectorRegistry, name: str, **labels: str) -> float:
    """The value of one series, or 0 if it does not exist yet.

    Raises:
        LookupError: no metric has a series of this name.
    """
    registry = metrics.registry if isinstance(metrics, ServiceMetrics) else metrics
    found = registry.get_sample_value(name, labels)
    if found is None and not any(_may_have(family, name) for family in registry.collect()):
        msg = f"no metric has the series {name}"
        raise LookupError(msg)
    return found or 0.0


def _may_have(family: Metric, name: str) -> bool:
    endings = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
    return name in {family.name + ending for ending in endings.get(family.type, ("",))}


def described() -> dict[str, tuple[str, tuple[str, ...], str]]:
    """Each metric of the service: its type, its labels and its meaning, by its name."""
    found: dict[str, tuple[str, tuple[str, ...], str]] = {}
    for attribute in vars(ServiceMetrics()).values():
        metric = attribute.metric if isinstance(attribute, Children) else attribute
        if isinstance(metric, MetricWrapperBase):
            (family,) = metric.describe()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            found[name] = (family.type, tuple(metric._labelnames), family.documentation)
    return found
