"""Crawlers that say what they are."""

import re
from functools import lru_cache

# Words that crawlers, previews of links and tests of a page's speed put into their User-Agent header, as the robots'
# own pages and the lists of web analytics have them. "Cubot" is a brand of telephones. Programs such as curl, and
# browsers that a program drives, are not among them: they may well act for a shop.
_ROBOT = re.compile(
    r"(?<!cu)bot(?:\b|[_\d])|crawl|spider|slurp|archiver|mediapartners|adsbot|bingpreview|facebookexternalhit"
    r"|whatsapp|embedly|vkshare|google-inspectiontool|google-read-aloud|lighthouse|pagespeed|gtmetrix|pingdom|uptime",
    re.IGNORECASE,
)


# Of an agent; more is no browser's.
_LENGTH = 512


def is_robot(agent: str) -> bool:
    """Whether a User-Agent header is one of a program that visits pages on its own."""
    return _matches(agent[:_LENGTH])


@lru_cache(maxsize=4096)
def _matches(agent: str) -> bool:
    return _ROBOT.search(agent) is not None
