"""A text as a QR code, in a PNG file."""

from __future__ import annotations

from io import BytesIO


def qr_code_png(text: str) -> bytes:
    import segno

    out = BytesIO()
    segno.make_qr(text, error="m").save(out, kind="png", scale=4)
    return out.getvalue()
