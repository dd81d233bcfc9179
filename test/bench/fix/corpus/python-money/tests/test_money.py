from decimal import Decimal

from money import format_amount, line_total, split_evenly, to_cents, with_tax

assert to_cents("1.005") == Decimal("1.01")
assert to_cents("-1.005") == Decimal("-1.01")
assert to_cents("2.004") == Decimal("2.00")
assert to_cents("0.125") == Decimal("0.13")
assert line_total("19.99", 3, 10) == Decimal("53.97")
assert with_tax("10.50", "19") == (Decimal("10.50"), Decimal("2.00"), Decimal("12.50"))
assert split_evenly("10.00", 3) == [Decimal("3.34"), Decimal("3.33"), Decimal("3.33")]
assert format_amount("1234.5") == "1,234.50 EUR"
