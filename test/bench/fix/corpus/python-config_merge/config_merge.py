"""Layered configuration: defaults, then one environment, then overrides such as "db.port=5433"."""

import copy

DEFAULTS = {
    "debug": False,
    "db": {"host": "localhost", "port": 5432, "options": {"timeout": 5}},
    "features": [],
}

ENVIRONMENTS = {
    "production": {"db": {"host": "db.internal", "options": {"timeout": 30}}},
    "development": {"debug": True, "features": ["toolbar"]},
}


def merge_into(target, layer):
    """Write the layer's values over the target. Nested tables are merged key by key."""
    for key, value in layer.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            merge_into(target[key], value)
        else:
            target[key] = copy.deepcopy(value)


def parse_override(text):
    """Turn "db.port=5433" into {"db": {"port": 5433}}. Whole numbers and true/false are converted."""
    path, _, raw = text.partition("=")
    value = raw
    if raw in ("true", "false"):
        value = raw == "true"
    elif raw.lstrip("-").isdigit():
        value = int(raw)
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


def load(environment, overrides=()):
    """The configuration for an environment, as a table that the caller may change freely."""
    config = dict(DEFAULTS)
    merge_into(config, ENVIRONMENTS.get(environment, {}))
    for override in overrides:
        merge_into(config, parse_override(override))
    return config
