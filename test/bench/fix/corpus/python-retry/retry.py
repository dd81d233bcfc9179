"""Call a function again when it fails, waiting longer each time."""

import random
import time


class RetriesExhausted(Exception):
    """Raised when every attempt failed; `last_error` is the error of the final one."""

    def __init__(self, attempts, last_error):
        super().__init__(f"gave up after {attempts} attempts: {last_error}")
        self.attempts = attempts
        self.last_error = last_error


def backoff_delay(attempt, base=0.5, cap=30.0, jitter=0.0):
    """Seconds to wait after the given attempt (1-based): base, 2*base, 4*base, ... up to cap."""
    delay = min(cap, base * 2 ** (attempt - 1))
    return delay + random.uniform(0, jitter)


def retry(call, max_attempts=3, retry_on=(OSError,), base=0.5, cap=30.0, sleep=time.sleep):
    """Return the result of call(), which is tried at most max_attempts times.

    Only errors in retry_on are retried; any other error goes straight to the caller.
    There is no wait after the last attempt.
    """
    last_error = None
    for attempt in range(1, max_attempts):
        try:
            return call()
        except retry_on as error:
            last_error = error
            if attempt < max_attempts:
                sleep(backoff_delay(attempt, base, cap))
    raise RetriesExhausted(max_attempts, last_error)
