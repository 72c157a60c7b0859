"""Crawlers are known by what they say of themselves, and people by nothing."""

import pytest

from events.normalise import Arrival, normalise
from events.robots import is_robot
from tests.examples import NOW, RULES

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.parametrize(
    "agent",
    [
        GOOGLE,
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
        "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Mozilla/5.0 (Linux; Android 11) Chrome/120 Mobile Safari/537.36 Chrome-Lighthouse",
        "GPTBot/1.1",
        "my_bot",
    ],
)
def test_crawlers(agent: str) -> None:
    assert is_robot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        CHROME,
        CHROME.replace("Chrome", "HeadlessChrome"),
        "Mozilla/5.0 (Linux; Android 10; CUBOT X30) AppleWebKit/537.36 Chrome/103.0.0.0 Mobile Safari/537.36",
        "curl/8.5.0",
        "python-requests/2.32",
        "Mozilla/5.0 (Abbott; botany)",
    ],
)
def test_people_and_programs_of_shops(agent: str) -> None:
    assert not is_robot(agent)


@pytest.mark.parametrize(
    ("sender", "told", "expected"),
    [
        ("", None, False),
        (CHROME, None, False),
        (GOOGLE, None, True),
        ("shop-server/1", {"user_agent": GOOGLE}, True),
        ("shop-server/1", {"context": {"userAgent": GOOGLE}}, True),
        (GOOGLE, {"userAgent": CHROME}, False),
        (GOOGLE, {"user_agent": 7}, True),
    ],
)
def test_the_visitors_own_agent_counts_before_the_senders(
    sender: str, told: dict[str, object] | None, expected: bool
) -> None:
    raw = {"user_id": "ann", "event_type": "view", "product_id": "p1", **(told or {})}
    (event,) = normalise([raw], Arrival(NOW, str, agent=sender), RULES).events
    assert (event.robot, event.properties) == (expected, {})
