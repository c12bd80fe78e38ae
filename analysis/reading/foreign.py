"""What a file is that is none of ours, told by how it begins."""

from __future__ import annotations

_PACKED_OTHERWISE = {
    b"PK\x03\x04": "zip",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "rar",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_WEB_PAGES = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<error")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def foreign(start: bytes) -> str:
    """Return what a file is that begins like this and what to do about it; "" for what may be one of ours."""
    if start.lstrip().lower().startswith(_WEB_PAGES):
        return "is a web page, not the file: download the file itself (the link called raw, or download)"
    for magic, name in _PACKED_OTHERWISE.items():
        if start.startswith(magic):
            return f"is packed as {name}: unpack it, and name what was in it (gzip alone is read as it is)"
    if start.startswith(b"PAR1"):
        return "is a Parquet file: write it as CSV, with pandas: read_parquet(...).to_csv(...)"
    if start.startswith(b"version https://git-lfs"):
        return "is a placeholder of Git LFS, not the file: 'git lfs pull' brings it"
    if start.startswith(_UTF_16) or b"\0" in start[:2]:
        return "is UTF-16 text: save it as UTF-8"
    return ""
