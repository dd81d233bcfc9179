"""Date arithmetic in whole months, for billing periods."""

import calendar
from datetime import date, timedelta


def last_day_of_month(year, month):
    return calendar.monthrange(year, month)[1]


def add_months(day, months):
    """The same day of the month, the given number of months later (or earlier, if negative).

    A day that the target month does not have becomes that month's last day:
    January 31 plus one month is February 28 or 29.
    """
    month_index = day.month - 1 + months
    year = day.year + (day.month + months) // 12
    month = month_index % 12 + 1
    return date(year, month, min(day.day, last_day_of_month(year, month)))


def billing_dates(start, count):
    """The dates of `count` monthly invoices, the first one on `start`.

    Each date is counted from the start, so that a subscription begun on the 31st
    goes back to the 31st after a short month.
    """
    return [add_months(start, n) for n in range(count)]


def months_between(start, end):
    """Whole months from start to end; `end` must not be before `start`."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if add_months(start, months) > end:
        months -= 1
    return months


def current_period(start, today):
    """First and last day of the billing period that contains today."""
    elapsed = months_between(start, today)
    first = add_months(start, elapsed)
    return first, add_months(start, elapsed + 1) - timedelta(days=1)
