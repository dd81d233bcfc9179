from semver import is_upgrade, newest, parse, sort_key

ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "1.2.0", "1.10.0", "2.0.0"]
assert sorted(reversed(ordered), key=sort_key) == ordered
assert parse("v1.2.3-rc.1+abc") == ((1, 2, 3), ["rc", "1"])
assert newest(["1.0.0", "1.1.0-rc.1", "0.9.0"]) == "1.0.0"
assert newest(["1.0.0-rc.1", "1.0.0"], include_prereleases=True) == "1.0.0"
assert newest(["1.0.0", "1.1.0-rc.1"], include_prereleases=True) == "1.1.0-rc.1"
assert newest([]) is None
assert is_upgrade("1.0.0-rc.1", "1.0.0")
assert not is_upgrade("1.0.0", "1.0.0-rc.1")
assert is_upgrade("1.9.0", "1.10.0")
assert not is_upgrade("1.0.0+a", "1.0.0+b")
