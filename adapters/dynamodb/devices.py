"""The known devices in a customer's item: a map of when each was last used."""

from datetime import UTC, datetime
from typing import Final

from ...domain.device import Device
from .attributes import Item, number
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


def add_device(change: CustomerChange, device: Device, *, first: bool) -> None:
    """Make ``device`` the newest of the customer; ``first`` says that the item has none yet."""
    # Whole seconds: 6 bytes.
    used_at = number(int(device.used_at.timestamp()))
    devices = change.path(_DEVICES)
    if first:
        change.require(f"attribute_not_exists({devices})")
        change.set(devices, change.value({"M": {device.device_id: used_at}}))
    else:
        change.require(f"attribute_exists({devices})")
        change.set(change.path(_DEVICES, device.device_id), change.value(used_at))


def forget_device(change: CustomerChange, device_id: str) -> None:
    """Remove a device, which must still be there."""
    path = change.path(_DEVICES, device_id)
    change.require(f"attribute_exists({path})")
    change.remove(path)


def forget_devices(change: CustomerChange) -> None:
    """Remove every device, as a change of the password does."""
    change.remove(change.path(_DEVICES))
