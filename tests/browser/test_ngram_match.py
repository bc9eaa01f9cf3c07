"""A candidate typed in a real JupyterLab, its runs looked at by keyboard, and the arithmetic."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.evaluation.bleu import bleu_words
from lmteach.evaluation.rouge import rouge_words
from lmteach.widgets.ngram_match.widget import UNITS, NGramMatch
from tests.browser.lab import Lab, expect_in_python
from tests.evaluation.pairs import random_pairs

MAKE = """from lmteach.widgets.ngram_match.widget import NGramMatch
widget = NGramMatch("the the <b>the", "the cat is on the mat")
widget"""


@pytest.fixture
def widget(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "match.ipynb", "n-gram by n-gram", MAKE)


def test_typing_and_keys(widget: Page) -> None:
    runs, says = widget.locator(".ngram-match .ngram"), widget.locator(".ngram-match .bleu")
    expect(runs).to_have_text(["✓ the 2 of 3", "✗ <", "✗ b", "✗ >"])
    expect(runs.first).to_have_attribute("aria-label", "the: said 3, in the reference 2, counts 2")
    expect(says).to_contain_text("BLEU 0.000")
    field = widget.get_by_role("textbox", name="candidate")
    field.fill("")
    expect(widget.locator(".ngram-match .ngrams")).to_have_text("The candidate has no run of 1.")
    field.press_sequentially("the cat sat on the mat")
    expect(runs).to_have_text(["✓ the 2 of 2", "✓ cat", "✗ sat", "✓ on", "✓ mat"])
    expect_in_python(widget, "widget.candidate", "the cat sat on the mat")
    widget.get_by_role("button", name="runs of 2").press("Enter")
    expect(runs).to_have_text(["✓ the cat", "✗ cat sat", "✗ sat on", "✓ on the", "✓ the mat"])
    rows = widget.locator(".ngram-match tbody tr")
    expect(rows.nth(1)).to_have_text("2350.600")
    expect(widget.locator(".ngram-match .rouge")).to_contain_text("ROUGE-L 0.833")
    widget.get_by_role("textbox", name="reference").fill("the cat sat on the mat today")
    expect(says).to_contain_text("BLEU 0.846: ")  # nothing wrong, and one word short
    expect(says).to_contain_text("penalty 0.846 for 6 words beside 7 in the reference")
    widget.get_by_role("button", name="characters").press("Enter")
    expect(runs.first).to_have_text("✓ th 2 of 2")
    expect_in_python(widget, "[widget.unit, widget.n]", ["characters", 2])
    assert widget.locator(".jp-Notebook .jp-CodeCell").count() == 1  # no key was a shortcut


def test_the_arithmetic_is_that_of_python(module_page: Page) -> None:
    pairs = [*random_pairs(count=150), ("", ""), ("a b", "a"), ("x\u2003y\x1fz", "x y")]
    found = module_page.evaluate(
        """async ([text, pairs, units]) => {
          const { bleuWords, rougeWords, scoresOf } = await load(text);
          return pairs.map(([a, b]) => [bleuWords(a), rougeWords(a), units.map((unit) => {
            const all = scoresOf(a, b, unit);
            return [all.matches.map((one) => [one.right, one.said, one.wanted]),
              [all.penalty, all.bleu, ...all.rouge]];
          })]);
        }""",
        [NGramMatch._esm, pairs, UNITS],
    )
    for (candidate, reference), (words, plain, by_unit) in zip(pairs, found, strict=True):
        assert words == bleu_words(candidate)
        assert plain == rouge_words(candidate)
        for unit, (matches, scores) in zip(UNITS, by_unit, strict=True):
            ours = NGramMatch(candidate, reference, unit)
            assert matches == [list(one) for one in ours.matches]
            assert scores == pytest.approx(list(ours.scores.values()), rel=0, abs=1e-12)
