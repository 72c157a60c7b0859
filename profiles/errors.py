"""What can go wrong with profiles. None of these knows HTTP; `app/problems.py` maps them.

ProfileError
├── StoreUnavailable   the store did not answer, or refuses writes; nothing was half-applied
└── SchemaError        what is stored was written by another version
"""


class ProfileError(Exception):
    """Base of this package's errors."""


class StoreUnavailable(ProfileError):
    """Raised when the store does not answer in time or cannot take writes now. Safe to try again."""


class SchemaError(ProfileError):
    """Raised when stored bytes were not written by this version's schema."""
