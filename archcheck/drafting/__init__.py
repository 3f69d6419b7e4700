"""A spec from a Python model: one pass is watched, and what flowed is written as layers."""

from archcheck.drafting.drafts import CLAIMS, ClaimsOn, Draft, draft, draft_page

__all__ = ["CLAIMS", "ClaimsOn", "Draft", "draft", "draft_page"]
