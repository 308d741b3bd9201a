"""Who wrote a file, by where it lies."""

import pytest

from responder.triage.components import component_of_path

UID = "0b1f2d3e-0a0b-4c4d-8e8f-1234567890ab"


@pytest.mark.parametrize(
    ("path", "component"),
    [
        ("shop/cart-7d9f8b6c5d-x2x4z/logs.txt", "cart"),
        ("namespaces/shop/pods/cart-7d9f8b6c5d-x2x4z/server/server/logs/current.log", "cart"),
        ("namespaces/shop/pods/store-0/redis/redis/logs/previous.insecure.log", "store"),
        (f"var/log/pods/shop_cart-7d9f8b6c5d-x2x4z_{UID}/server/0.log", "cart"),
        ("cluster-resources/pods/logs/shop/cart-7d9f8b6c5d-x2x4z/server-previous.log", "cart"),
        ("var/log/containers/cart-7d9f8b6c5d-x2x4z_shop_server-0123456789abcdef.log", "cart"),
        ("logs/cart.previous.log", "cart"),
    ],
)
def test_the_log_of_a_pod_is_the_workloads(path: str, component: str) -> None:
    """However a tool lays out the logs of a cluster, the workload is whom they belong to."""
    assert component_of_path(path) == component
