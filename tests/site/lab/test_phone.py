"""The lab on a phone: the chosen map first, paint by finger, and no weights before they are wanted."""

from tests.site.lab.conftest import PAGE, give, settled, snapshot, swipe
from tests.site.lab.photographs import jpeg, large


def tops(lab, *selectors):
    return [lab.locator(selector).first.bounding_box()["y"] for selector in selectors]


def test_the_chosen_map_follows_the_stages(by_finger):
    lab = by_finger("#lab?stage=6")
    stages, chosen, things, photo, channels = tops(lab, ".stages", ".one", "details.things", ".photo", ".all")
    assert stages < chosen < things < photo < channels
    assert chosen - stages < 200


def test_a_finger_paints_and_scrolls_beside_the_sheet(by_finger):
    lab = by_finger()
    page = lab.page
    lab.locator("summary", has_text="Change a kernel").tap()
    sheet = lab.locator(".editor > canvas")
    sheet.evaluate("(sheet) => scrollBy(0, sheet.getBoundingClientRect().top - 250)")
    box, scrolled = sheet.bounding_box(), page.evaluate("scrollY")
    swipe(page, (box["x"] + box["width"] / 2, box["y"] + 5), (0, box["height"] - 10))
    paint = settled(lab)["choice"]["paint"]
    assert {word[1] for word in (paint[i : i + 4] for i in range(0, len(paint), 4))} >= {"0", "5", "a"}
    assert page.evaluate("scrollY") == scrolled
    swipe(page, (box["x"] + box["width"] + 40, box["y"] + 150), (0, -100))
    page.wait_for_function(f"scrollY > {scrolled} + 30")
    assert snapshot(lab)["choice"]["paint"] == paint
    assert lab.get_by_role("button", name="Undo").is_enabled()


def test_weights_come_when_the_maps_are_in_view(browser, origin):
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith(".bin") else None)
    page.goto(f"{origin}/{PAGE}")
    lab = page.locator("cnn-lab")
    lab.get_by_role("button", name="Load them").wait_for(state="visible")
    page.wait_for_timeout(500)
    assert len(asked) == 1 and snapshot(lab)["stages"] == 3  # conv1 to pool1, from a hundredth of the weights
    lab.locator(".pictures").evaluate("(pictures) => pictures.scrollIntoView()")
    page.wait_for_function("document.querySelector('cnn-lab').snapshot().loaded === 6")
    assert len(asked) == 6
    context.close()


def test_a_large_photo_says_how_far_it_is(lab, tmp_path):
    lab.evaluate("""(lab) => {
      window.shares = [];
      const bar = lab.querySelector(".opening progress");
      lab.store.subscribe(() => bar.parentElement.checkVisibility() && window.shares.push(bar.value));
    }""")
    file = tmp_path / "photo.jpg"
    file.write_bytes(jpeg(large(4000, 3000)))
    assert give(lab, file) == ""
    shares = lab.page.evaluate("window.shares")
    assert len(set(shares)) > 5 and shares == sorted(shares) and shares[-1] > 0.9
    assert not lab.locator(".opening").is_visible()
