import config_merge
from config_merge import load, merge_into, parse_override

production = load("production")
assert production["db"] == {"host": "db.internal", "port": 5432, "options": {"timeout": 30}}
development = load("development", ["db.port=5433", "debug=false"])
assert development["db"] == {"host": "localhost", "port": 5433, "options": {"timeout": 5}}
assert development["debug"] is False
assert development["features"] == ["toolbar"]
development["features"].append("x")
development["db"]["options"]["timeout"] = 1
assert load("development")["features"] == ["toolbar"]
assert load("other") == {
    "debug": False,
    "db": {"host": "localhost", "port": 5432, "options": {"timeout": 5}},
    "features": [],
}
load("other")["features"].append("y")
assert config_merge.DEFAULTS["features"] == []
assert parse_override("a.b=-3") == {"a": {"b": -3}}
assert parse_override("name=x=y") == {"name": "x=y"}
target = {"a": {"b": 1}}
merge_into(target, {"a": {"c": 2}, "d": 3})
assert target == {"a": {"b": 1, "c": 2}, "d": 3}
