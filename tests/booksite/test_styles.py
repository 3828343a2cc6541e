"""The one style sheet: it keeps what some page or script can use, and nothing else."""

from booksite import styles

SHEET = """
@import "more.css";
.shown, .never { color: red }
.shown .never { color: red }
#place:not(.never) > p { color: var(--used) }
:is(.shown, .never) b { color: red }
.from-script { color: red }
.only-in-words { color: red }
.theme-part { color: red }
.scrolled { animation: moves 1s; margin : 0 1px !important }
@keyframes moves { to { left: 0 } }
@keyframes rests { to { left: 0 } }
@font-face { src: url(one.woff2); font-family: "One Face" }
@font-face { font-family: Other\\ Face; src: url(other.woff2) }
@font-face { font-family: Never; src: url(never.woff2) }
body { font-family: "One Face", var(--used, "Other Face") }
html { --used: 1px; --unused: 2px }
@media print { .never { color: red } }
"""


def test_rules_that_no_page_can_use_are_left_out(tmp_path):
    (tmp_path / "_static/sub").mkdir(parents=True)
    (tmp_path / "_static/sub/a.css").write_text(SHEET)
    (tmp_path / "_static/sub/more.css").write_text(".shown { background: url(picture.png) }")
    (tmp_path / "page.html").write_text('<p class="shown" alt="only-in-words"\n id="place">never</p>')
    (tmp_path / "_static/a.js").write_text('element.className = "from-script"; only-in-words;')
    (tmp_path / "_static/scripts").mkdir()
    (tmp_path / "_static/scripts/theme.js").write_text('part.className = "theme-part"')
    (tmp_path / "_static/a.bin.js").write_text('data("never")')
    css = styles.join(tmp_path, ["sub/a.css"])
    assert "never" not in css.replace(":not(.never)", "").replace(":is(.shown, .never)", "")
    assert ".from-script{" in css and "#place:not(.never) > p{" in css and ":is(.shown, .never) b{" in css
    assert "only-in-words" not in css and "--used" in css and "--unused" not in css and "@media" not in css
    assert "url(sub/picture.png)" in css and "theme-part" not in css
    assert ".scrolled{animation:moves 1s;margin:0 1px!important}" in css
    assert "@keyframes moves" in css and "@keyframes rests" not in css
    assert "one.woff2" in css and "other.woff2" in css
