from datetime import date

from add_months import add_months, billing_dates, current_period, months_between

assert add_months(date(2023, 3, 15), 2) == date(2023, 5, 15)
assert add_months(date(2023, 1, 31), 1) == date(2023, 2, 28)
assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
assert add_months(date(2023, 11, 5), 1) == date(2023, 12, 5)
assert add_months(date(2023, 12, 5), 0) == date(2023, 12, 5)
assert add_months(date(2023, 12, 5), 1) == date(2024, 1, 5)
assert add_months(date(2023, 6, 30), 18) == date(2024, 12, 30)
assert add_months(date(2023, 1, 10), -1) == date(2022, 12, 10)
assert add_months(date(2023, 1, 10), -13) == date(2021, 12, 10)
assert billing_dates(date(2023, 10, 31), 4) == [date(2023, 10, 31), date(2023, 11, 30), date(2023, 12, 31), date(2024, 1, 31)]
assert months_between(date(2023, 10, 31), date(2023, 12, 30)) == 1
assert months_between(date(2023, 12, 1), date(2023, 12, 31)) == 0
assert current_period(date(2023, 11, 15), date(2023, 12, 20)) == (date(2023, 12, 15), date(2024, 1, 14))
