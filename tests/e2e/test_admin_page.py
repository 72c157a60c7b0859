"""The operator's page in a real Chromium, against the real service. Screenshots stay in var/screenshots."""

import requests

from tests.browsers import need_chromium, run_script
from tests.servers import ROOT, RunningService
from tests.shops import track

SCREENSHOTS = ROOT / "var" / "screenshots"
PRODUCTS = [{"product_id": f"admin-page-{n}", "name": f"Lamp {n}", "category": "Lamps"} for n in range(1, 6)]


def test_the_page_works_in_every_look(service: RunningService) -> None:
    """No error, nothing from outside, nothing wider than the window, no serious finding of axe, all by keyboard."""
    need_chromium()
    assert track(service.url, PRODUCTS, "/v1/products/batch")["accepted"] == len(PRODUCTS)
    # The longest of the routes that one can choose from.
    assert requests.get(f"{service.url}/v1/products/admin-page-1/bought-together", timeout=10).ok
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    found = run_script("admin_page.mjs", service.url, str(SCREENSHOTS))
    assert found.keys() == {"light-1280", "dark-1280", "light-390", "dark-390"}
    wrong = {look: {kind: problems for kind, problems in kinds.items() if problems} for look, kinds in found.items()}
    assert wrong == {look: {} for look in found}
