"""A number handed to the prose is the formatted one, under its own name."""

import pytest

from insidecnn import glue


@pytest.mark.parametrize(
    "name, value, form, text",
    [
        ("count", 61_100_840, "{:,}", "61,100,840"),
        ("share", 0.12345, "{:.1%}", "12.3%"),
        ("word", "conv1", "{}", "conv1"),
    ],
)
def test_glue_keeps_the_formatted_value_under_its_name(monkeypatch, name, value, form, text):
    shown = []
    monkeypatch.setattr(glue, "display", lambda data, **rest: shown.append((data, rest)))
    assert glue.glue(name, value, form) is None
    ((data, rest),) = shown
    assert list(data.values()) == [text] and rest["raw"]
    kept = rest["metadata"]["scrapbook"]
    assert kept["name"] == name and list(data) == [f"{kept['mime_prefix']}text/plain"]


def test_without_a_form_a_value_is_written_as_it_is(monkeypatch):
    shown = []
    monkeypatch.setattr(glue, "display", lambda data, **rest: shown.append(data))
    glue.glue("n", 1000)
    assert list(shown[0].values()) == ["1000"]
