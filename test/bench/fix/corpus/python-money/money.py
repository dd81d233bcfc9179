"""Amounts of money for invoices, rounded to cents the commercial way."""

from decimal import Decimal

CENT = Decimal("0.01")


def to_cents(amount):
    """Round to two places; half a cent goes up, away from zero."""
    return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)


def line_total(unit_price, quantity, discount_percent=0):
    """Price of one invoice line after its discount."""
    gross = Decimal(unit_price) * quantity
    discount = gross * Decimal(discount_percent) / 100
    return to_cents(gross - discount)


def with_tax(net, tax_percent):
    """Net amount, tax and gross amount of an invoice."""
    tax = to_cents(Decimal(net) * Decimal(tax_percent) / 100)
    return to_cents(net), tax, to_cents(net) + tax


def split_evenly(amount, people):
    """Shares that add up to the amount exactly; the first ones carry the odd cents."""
    cents = int(to_cents(amount) / CENT)
    share, rest = divmod(cents, people)
    return [(share + (1 if index < rest else 0)) * CENT for index in range(people)]


def format_amount(amount, currency="EUR"):
    return f"{to_cents(amount):,} {currency}"
