"""The known devices in a customer's item: a map of when each was last used."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from ...domain.device import Device, DeviceUse
from .attributes import AttributeValue, Item, number
from .customer_change import CustomerChange

_DEVICES: Final = "devices"


def devices_from_item(item: Item) -> tuple[Device, ...]:
    """The devices in a customer's item; none where the attribute is left out."""
    devices = item.get(_DEVICES)
    if devices is None:
        return ()
    return tuple(
        Device(device_id, datetime.fromtimestamp(int(used_at["N"]), UTC))
        for device_id, used_at in devices["M"].items()
    )


def device_attributes(devices: Iterable[Device]) -> dict[str, AttributeValue]:
    """The attributes of a customer with these devices. A customer without one has none."""
    used = {device.device_id: _used_at(device) for device in devices}
    return {_DEVICES: {"M": used}} if used else {}


def use_device(change: CustomerChange, use: DeviceUse) -> None:
    """Make the device the newest of the customer, if that leaves no more than may be stored."""
    devices = change.path(_DEVICES)
    device_id = use.device.device_id
    used_at = _used_at(use.device)
    if use.first:
        change.require(f"attribute_not_exists({devices})")
        change.set(devices, change.value({"M": {device_id: used_at}}))
        return
    # A missing attribute has no size, so this also requires that there is a map to change.
    change.require(f"size({devices}) <= {change.value(number(use.most_before))}")
    change.set(change.path(_DEVICES, device_id), change.value(used_at))
    for forgotten in use.forgotten:
        change.remove(change.path(_DEVICES, forgotten))


def forget_devices(change: CustomerChange, *, but: Device | None = None) -> None:
    """Remove every device, as a change of the password does; ``but`` is the only one afterwards."""
    devices = change.path(_DEVICES)
    if but is None:
        change.remove(devices)
    else:
        change.set(devices, change.value({"M": {but.device_id: _used_at(but)}}))


def _used_at(device: Device) -> AttributeValue:
    # Whole seconds: 6 bytes.
    return number(int(device.used_at.timestamp()))
