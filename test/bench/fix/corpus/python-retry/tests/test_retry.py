from retry import RetriesExhausted, backoff_delay, retry


def failing(times, error=OSError("down")):
    calls = []

    def call():
        calls.append(1)
        if len(calls) <= times:
            raise error
        return "ok"

    return call, calls


waits = []
call, calls = failing(2)
assert retry(call, max_attempts=3, sleep=waits.append) == "ok"
assert len(calls) == 3
assert waits == [0.5, 1.0]

waits = []
call, calls = failing(10)
try:
    retry(call, max_attempts=4, base=1, cap=3, sleep=waits.append)
    raise AssertionError("should have given up")
except RetriesExhausted as error:
    assert error.attempts == 4
    assert str(error.last_error) == "down"
assert len(calls) == 4
assert waits == [1, 2, 3]

call, calls = failing(0)
assert retry(call, max_attempts=1, sleep=waits.append) == "ok"

call, calls = failing(1, ValueError("no"))
try:
    retry(call, sleep=waits.append)
    raise AssertionError("should have raised")
except ValueError:
    pass
assert len(calls) == 1
assert backoff_delay(1) == 0.5
assert backoff_delay(3) == 2.0
