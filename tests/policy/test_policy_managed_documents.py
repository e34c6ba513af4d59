"""AWS's own managed policies, as a body of real documents: the language that passrole reads is the one AWS writes."""

from __future__ import annotations

from passrole.catalog.managed_policies import list_managed_policies
from passrole.policy.grammar import check_grammar
from passrole.policy.model import PolicyType
from passrole.policy.normal import policies_equal_in_meaning_of_text
from passrole.policy.parse import parse_policy
from passrole.policy.printing import print_policy


def test_every_managed_policy_is_read_printed_and_taken() -> None:
    refused: dict[str, list[str]] = {}
    read = 0
    for managed in list_managed_policies():
        newest = managed.versions[-1]
        document = newest.document
        policy = parse_policy(document, f"{managed.name} {newest.version_id}")
        assert policies_equal_in_meaning_of_text(parse_policy(print_policy(policy)), policy)
        # Some old documents have ARNs of four parts, a warning; nothing in them is refused.
        found = check_grammar(policy, PolicyType.IDENTITY, managed=True)
        if any(finding.code != "P0158" for finding in found):
            refused[managed.name] = [str(finding) for finding in found]
        read += 1
    assert refused == {}
    assert read > 1000
