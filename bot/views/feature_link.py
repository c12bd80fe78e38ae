"""The address of a feature's page."""

from __future__ import annotations

import re
from urllib.parse import quote

from analysis.records import Item


def feature_link(template: str, item: Item) -> str | None:
    """Return the address of an item's page, or None where its record lacks a key that the address needs.

    Args:
        template: An address with `{modelId}`, `{layer}`, `{index}` or `{feature_id}` in it; empty: no item has a page.
        item: The item.
    """
    values = {
        "modelId": item.model_id,
        "layer": item.layer,
        "index": item.feature_index,
        "feature_id": item.feature_id,
    }
    wanted = re.findall(r"{(\w+)}", template)
    if not template or any(values.get(name) is None for name in wanted):
        return None
    return re.sub(r"{(\w+)}", lambda found: quote(str(values[found[1]]), safe=""), template)
