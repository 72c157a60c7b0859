"""Headers of the pages that this service serves: what they may load, which is what comes from here and nothing else."""

from flask import Response

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def protect(response: Response) -> Response:
    """The same response under the policy."""
    response.headers.update(HEADERS)
    return response
