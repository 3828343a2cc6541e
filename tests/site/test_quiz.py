"""Quizzes and glossary links, in a real browser."""


def test_quiz_answers_at_once_by_keyboard(visit):
    page = visit("book/classifier.html")
    quiz = page.locator(".quiz").first
    verdict = quiz.locator(".verdict")
    assert verdict.text_content() == "" and verdict.get_attribute("role") == "status"
    quiz.locator("input").first.focus()
    page.keyboard.press("Space")
    assert verdict.text_content().startswith("Not quite.")
    page.keyboard.press("ArrowDown")
    assert verdict.text_content().startswith("Right.") and "Dropout" in verdict.text_content()
    assert page.wrong == []


def test_quiz_without_javascript_shows_its_reasons(browser, origin):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(f"{origin}/book/classifier.html")
    assert page.locator(".quiz .why").first.is_visible()
    right = page.locator(".quiz [data-right] .why strong").first
    assert right.evaluate("e => getComputedStyle(e, '::before').content") == '"Right: "'


def test_first_use_of_a_term_leads_to_the_glossary(visit):
    page = visit("book/convolution.html")
    links = page.locator("article a.term").evaluate_all("links => links.map(a => [a.textContent, a.href])")
    names = [name.lower() for name, _ in links]
    assert "feature map" in names and len(names) == len(set(names))
    target = next(href for name, href in links if name.lower() == "feature map")
    page.goto(target)
    assert page.locator(":target").text_content().strip().startswith("feature map")
