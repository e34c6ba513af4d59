"""Write `docs/bindings.md`: how every operation of every service is bound to what it asks of IAM."""

from __future__ import annotations

from pathlib import Path

from passrole.activity.bind.coverage import coverage, coverage_page

PAGE = Path(__file__).parent.parent / "docs" / "bindings.md"


def main() -> None:
    PAGE.write_text(coverage_page(list(coverage())), encoding="utf-8")
    print(f"wrote {PAGE}")


if __name__ == "__main__":
    main()
