"""A policy stack made ready for many requests: `compile_stack(stack).decide(request)` is `evaluate(request, stack)`.

It keeps one page for each principal, action and circumstance. What it does not take (`taken.py`) is for `evaluate`.
"""

from __future__ import annotations

from collections.abc import Hashable

from passrole.engine.caller import Caller
from passrole.engine.decision import Decision
from passrole.engine.evaluate import evaluate
from passrole.engine.fast.answers import Answers
from passrole.engine.fast.circumstance import Circumstance, circumstance_key, implied_for
from passrole.engine.fast.decision_pool import kind_of, kind_of_caller
from passrole.engine.fast.page import Page
from passrole.engine.fast.placed_plan import PlacedPlan
from passrole.engine.fast.plan import Plan
from passrole.engine.fast.plan_book import PlanBook
from passrole.engine.fast.speaking import Speaking, fast_policies, speaking
from passrole.engine.fast.taken import REQUESTS_MAY_SAY_MORE, says_more
from passrole.engine.request import Principal, PrincipalType, Request
from passrole.engine.stack import PolicyStack

KEPT_PRINCIPALS = 64
"""For one stack. A stack is one principal's as a rule; several sessions of a role may share one."""

MOST_CIRCUMSTANCES = 64
"""For one principal. A caller with more of them is somebody who asks for the sake of asking."""

SHARED_BOOK = PlanBook()
"""The bound for every stack that is compiled without a book of its own."""


class _Asker:
    """A principal as the plans of a stack know it, and its pages by action, for each circumstance."""

    __slots__ = ("caller", "kind", "pages_in")

    def __init__(self, caller: Caller, kind: Hashable | None) -> None:
        self.caller = caller
        self.kind = kind
        """None where no decision is to be shared with others."""
        self.pages_in: dict[Hashable, dict[str, Page]] = {}

    def pages(self, circumstance: Circumstance) -> dict[str, Page]:
        found = self.pages_in.get(circumstance.key)
        if found is None:
            if len(self.pages_in) >= MOST_CIRCUMSTANCES:
                self.pages_in.clear()
            found = self.pages_in[circumstance.key] = {}
        return found

    def plan(self, action: str) -> Plan | None:
        """A plan that was made for another circumstance."""
        for pages in self.pages_in.values():
            page = pages.get(action)
            if page is not None and page.placed is not None and not page.placed.is_common:
                return page.placed.plan
        return None


class CompiledStack:
    """Safe to share between threads: what two of them find missing at once is only made twice."""

    __slots__ = ("_askers", "_book", "_open", "kind", "policies", "stack")

    def __init__(self, stack: PolicyStack, book: PlanBook) -> None:
        self.stack = stack
        self._book = book
        self.policies = fast_policies(stack)
        """None when it is not taken: every request is for `evaluate`."""
        self.kind = kind_of(stack)
        """What matters beside the policies; None where decisions are about the caller."""
        self._askers: dict[Principal, _Asker] = {}
        self._open: tuple[Principal, Circumstance, dict[str, Page]] = _NOTHING_OPEN
        """The principal and the circumstance of the last request, and its pages by action."""

    def decide(self, request: Request) -> Decision:
        """What `evaluate` answers, statements and reasons included. Never raises."""
        principal, circumstance, pages = self._open
        if (
            request.principal is not principal
            or request.resource_account != circumstance.owner
            or request.organization is not circumstance.organization
            or request.unknown_keys is not circumstance.unknown_keys
            or request.absent_keys is not circumstance.absent_keys
            or request.called_via is not circumstance.called_via
            or (circumstance.owner is None and (request.resource == "*") is not circumstance.everything)
        ):
            return self._decide_elsewhere(request)
        try:
            page = pages[request.action]
        except KeyError:
            return self._decide_elsewhere(request)
        page.used = True
        # `Page.place_of`, without the call.
        resource, place = request.resource, 0
        for text in page.exact:
            if resource == text:
                break
            place += 1
        else:
            for prefix in page.prefixes:
                if resource.startswith(prefix):
                    break
                place += 1
        decision = page.decisions[place]
        if decision is not None:
            return decision
        return self._decide_by(page, request) if page.placed is None else page.placed.decide(request, page, self)

    def page_for(self, request: Request) -> Page | None:
        """The page with the answers to these requests, whatever their resources and contexts are.

        None when the stack is not taken, or the request says more than the compiler knows of.
        """
        if self.policies is None or (REQUESTS_MAY_SAY_MORE and says_more(request)):
            return None
        return self._page(request)

    def pages_like(self, request: Request) -> dict[str, Page]:
        """The pages by action of the request's principal and circumstance, as far as there are any."""
        return self._asker(request.principal).pages(self._book.circumstances.of(request))

    def prepare_all(self) -> None:
        """Leave no statement to be prepared by the first request that it is about."""
        for _, _, policy in self.policies or ():
            policy.prepare_all()

    def _decide_elsewhere(self, request: Request) -> Decision:
        """For another principal or circumstance than the last, or for an action that was not asked about."""
        page = self.page_for(request)
        if page is None:
            return evaluate(request, self.stack)
        if page.placed is not None:
            return page.placed.decide(request, page, self)
        return page.decisions[page.place_of(request.resource)] or self._decide_by(page, request)

    def _decide_by(self, page: Page, request: Request) -> Decision:
        """By a page without a plan that has not met such a resource."""
        speaking = self._speaking(request.action, self._asker(request.principal))
        plan = Plan(speaking.statements, has_traits=speaking.has_traits)
        return self._keep(page, plan, speaking.answers, request)

    def _keep(self, page: Page, plan: Plan, answers: Answers, request: Request) -> Decision:
        bits = plan.statements_on(request.resource)
        decision = answers.of_statements(request, bits, circumstance_key(request))
        page.keep(page.place_of(request.resource), decision, self._book.note_kept)
        return decision

    # What a part of a common plan has not kept.

    def fresh(self, request: Request) -> Decision:
        """By `evaluate`, without the policies that do not name the action."""
        return self._speaking(request.action, self._asker(request.principal)).answers.fresh(request)

    def of_statements(self, request: Request, statements: Hashable, circumstance: Hashable) -> Decision:
        """The same, whichever statements apply."""
        return self.fresh(request)

    def _page(self, request: Request) -> Page:
        principal, circumstance = request.principal, self._book.circumstances.of(request)
        asker = self._asker(principal)
        pages = asker.pages(circumstance)
        if not REQUESTS_MAY_SAY_MORE:
            self._open = principal, circumstance, pages
        page = pages.get(request.action)
        if page is None:
            page = self._new_page(request, asker, circumstance)
            self._book.add(pages, request.action, page)
        page.used = True
        return page

    def _asker(self, principal: Principal) -> _Asker:
        asker = self._askers.get(principal)
        if asker is None:
            caller = Caller.of(principal, has_boundary=self.stack.boundary is not None)
            asker = _Asker(caller, kind_of_caller(principal))
            if len(self._askers) >= KEPT_PRINCIPALS:
                self._askers.clear()
            self._askers[principal] = asker
        return asker

    def _new_page(self, request: Request, asker: _Asker, circumstance: Circumstance) -> Page:
        speaking = self._speaking(request.action, asker)
        size = len(speaking.homes)
        if speaking.kind is None:
            return self._own_page(request, asker, circumstance, speaking)
        implied = implied_for(request, speaking.keys)
        rests_on = speaking.kind, circumstance.key, speaking.homes, frozenset(implied.items())
        page = self._book.shared(rests_on)
        if page is None:
            common = self._book.common((speaking.kind, circumstance.key, request.action.lower()))
            part = common.part(speaking.homes)
            if part is not None:
                implied = implied_for(request, part.plan.keys)
                placed = common.placed(part.plan, circumstance, implied, self._book.note_kept)
                return Page(size, placed=placed, mask=part.mask, order=part.order)
            page = self._own_page(request, asker, circumstance, speaking)
            if page.placed is not None and speaking.statements is not None:
                self._book.note_in_common(common.note(speaking.statements, speaking.homes))
            self._book.share(rests_on, page)
        return page

    def _own_page(self, request: Request, asker: _Asker, circumstance: Circumstance, speaking: Speaking) -> Page:
        plan = asker.plan(request.action) or Plan(speaking.statements, has_traits=speaking.has_traits)
        if plan.few_texts is not None:
            page = Page(plan.size, *plan.few_texts)
            # As long as there is a plan: the page keeps none.
            self._keep(page, plan, speaking.answers, request)
            return page
        implied = implied_for(request, plan.keys)
        placed = PlacedPlan(plan, circumstance, implied, speaking.answers, self._book.note_kept)
        return Page(plan.size, placed=placed)

    def _speaking(self, action: str, asker: _Asker) -> Speaking:
        pool = self._book.pool
        return speaking(self.stack, self.policies or (), action, asker.caller, pool, (self.kind, asker.kind))


class _Nobody(Principal):
    """Who makes no request."""

    __slots__ = ()


_NOBODY = _Nobody(PrincipalType.ANONYMOUS, "")
_NOTHING_OPEN: tuple[Principal, Circumstance, dict[str, Page]] = (
    _NOBODY,
    Circumstance(Request(_NOBODY, "", ""), None),
    {},
)


def compile_stack(stack: PolicyStack, book: PlanBook = SHARED_BOOK) -> CompiledStack:
    """Make a stack ready. It costs microseconds; plans are made when they are first needed.

    Its policies are prepared once for all stacks that hold the same `Policy` objects.
    """
    return CompiledStack(stack, book)
