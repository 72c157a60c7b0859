"""Damage to files, as disks and other programs do it."""

import json
import zlib
from pathlib import Path


def flip_byte(path: Path, at: int) -> None:
    """Change two bits of one byte; a second time puts them back."""
    data = bytearray(path.read_bytes())
    data[at] ^= 0x81
    path.write_bytes(data)


def forge_manifest(path: Path, **changes: object) -> None:
    """Change fields of a manifest of tables as a program that means it would: with a checksum that fits."""
    fields = json.loads(path.read_text()) | changes
    del fields["checksum"]
    fields["checksum"] = zlib.crc32(json.dumps(fields).encode())
    path.write_text(json.dumps(fields))
