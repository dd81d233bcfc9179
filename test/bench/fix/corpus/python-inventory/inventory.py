"""Stock keeping for a small warehouse."""

from dataclasses import dataclass, field


@dataclass
class Item:
    sku: str
    quantity: int
    tags: list = field(default_factory=list)


class OutOfStock(Exception):
    pass


class Inventory:
    """Items by their SKU. Quantities never go below zero."""

    def __init__(self):
        self._items = {}

    def receive(self, sku, quantity, tags=[]):
        """Add stock. The first delivery creates the item; later ones may add further tags."""
        if quantity <= 0:
            raise ValueError("quantity must be positive")
        item = self._items.get(sku)
        if item is None:
            self._items[sku] = Item(sku, quantity, tags)
            return
        item.quantity += quantity
        for tag in tags:
            if tag not in item.tags:
                item.tags.append(tag)

    def ship(self, sku, quantity):
        """Take stock out, or raise OutOfStock and leave the stock as it is."""
        item = self._items.get(sku)
        if item is None or item.quantity < quantity:
            raise OutOfStock(sku)
        item.quantity -= quantity

    def quantity(self, sku):
        item = self._items.get(sku)
        return item.quantity if item else 0

    def tagged(self, tag):
        """The SKUs of all items with the tag, sorted."""
        return sorted(sku for sku, item in self._items.items() if tag in item.tags)
