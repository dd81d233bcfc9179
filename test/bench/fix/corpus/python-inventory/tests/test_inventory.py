from inventory import Inventory, OutOfStock

stock = Inventory()
stock.receive("bolt", 10)
stock.receive("nut", 5)
stock.receive("bolt", 5, ["steel"])
assert stock.quantity("bolt") == 15
assert stock.tagged("steel") == ["bolt"]
stock.receive("nut", 1, ["brass", "brass"])
assert stock.tagged("brass") == ["nut"]

other = Inventory()
other.receive("gear", 1)
assert other.tagged("steel") == []

wanted = ["fragile"]
other.receive("lamp", 2, wanted)
other.receive("lamp", 1, ["heavy"])
assert wanted == ["fragile"]
assert other.tagged("heavy") == ["lamp"]

stock.ship("bolt", 15)
assert stock.quantity("bolt") == 0
try:
    stock.ship("nut", 7)
    raise AssertionError("should have failed")
except OutOfStock:
    pass
assert stock.quantity("nut") == 6
assert stock.quantity("none") == 0
