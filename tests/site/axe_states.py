"""Pages as a reader changes them: each state of a widget that adds, hides or colours something."""


def typed(page, element: str, role: str, name: str, text: str):
    """Type over a field and leave it."""
    field = page.locator(element).get_by_role(role, name=name, exact=True)
    field.fill(text)
    field.press("Tab")


def wrong_cell_and_setting(page):
    typed(page, "#convolution-windows", "textbox", "image, row 0, column 0", "one")
    typed(page, "#convolution-windows", "spinbutton", "dilation", "9")


def wrong_pooling(page):
    typed(page, "#pooling-windows", "textbox", "map, row 0, column 0", "two")
    typed(page, "#pooling-windows", "spinbutton", "padding", "2")


def wrong_sizes(page):
    page.locator("#alexnet-sizes").get_by_role("button", name="pool1").click()
    typed(page, "#alexnet-sizes", "spinbutton", "pool1 padding", "40")
    typed(page, "#map-size", "spinbutton", "conv1 kernel_size", "7")


def wrong_costs(page):
    typed(page, "cnn-mlp-or-convolution", "spinbutton", "padding", "-1")


def wrong_logit(page):
    typed(page, "cnn-softmax", "textbox", "logit of class 1, as a number", "two")


def ledger(page):
    for name, number in (("channels", "64"), ("height", "54"), ("width", "many")):
        typed(page, "cnn-ledger", "textbox", f"features.0 {name}", number)
    page.get_by_role("button", name="Formula for features.0").click()


def whole_ledger(page):
    page.get_by_role("combobox", name="layers shown").select_option("all")
    page.get_by_role("button", name="Formula for features.3").click()


def receptive_field(page):
    page.locator("cnn-receptive-field").get_by_role("button", name="pool3").click()
    for name in ("row", "column"):
        page.locator("cnn-receptive-field").get_by_role("slider", name=name).press("End")


def broken_link(page):
    page.evaluate("location.hash = '#receptive-field?row=99'")
    page.locator("cnn-receptive-field .error").wait_for()


def playing(page):
    player = page.locator("cnn-clip, cnn-film, .forward-pass").first
    player.scroll_into_view_if_needed()
    if (button := player.get_by_role("button", name="Play")).count():
        button.click()
    player.get_by_role("button", name="Pause").wait_for()


def map_over_photo(page):
    page.locator(".forward-pass label").nth(4).click()


def detector(page):
    element = page.locator("cnn-detector")
    element.scroll_into_view_if_needed()
    page.wait_for_function("(e) => e.settled", arg=element.element_handle())
    element.get_by_role("button", name="Add").click()
    element.get_by_role("application").last.press("ArrowLeft")
    page.wait_for_function("(e) => e.settled", arg=element.element_handle())


def quiz(page):
    for option in page.locator(".quiz .option:first-of-type input").all():
        option.check()


def solution(page):
    page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
    for button in page.locator(".solution .toggle-button").all():
        button.click()
    page.wait_for_function("document.getAnimations().length === 0")


def far_down(page):
    page.mouse.move(page.viewport_size["width"] / 2, 500)  # not over the list of chapters, which scrolls by itself
    page.mouse.wheel(0, 3000)
    page.wait_for_function("scrollY > 2000")
    page.mouse.wheel(0, -300)
    if page.viewport_size["width"] < 1200:
        page.locator("#pst-back-to-top").wait_for(state="visible")


def menu(page):
    page.locator(".page-menu > summary").click()
    page.locator(".page-menu a").first.wait_for()


STATES = {  # what was done → the page, and how it is done
    "a wrong number and a wrong setting": ("convolution", wrong_cell_and_setting),
    "a window that does not fit": ("convolution-settings", wrong_sizes),
    "a wrong number and too much padding": ("pooling", wrong_pooling),
    "a negative padding": ("why-not-an-mlp", wrong_costs),
    "a wrong logit": ("regression-and-classification", wrong_logit),
    "right and wrong entries": ("practice", ledger),
    "the ledger in whole": ("practice", whole_ledger),
    "another cell": ("alexnet", receptive_field),
    "a link to no cell": ("alexnet", broken_link),
    "back to top": ("alexnet", far_down),
    "the film plays": ("training", playing),
    "a clip plays": ("tracking", playing),
    "the figure plays": ("index", playing),
    "a map over the photo": ("index", map_over_photo),
    "a thing was added and moved": ("detection", detector),
    "answered": ("pooling", quiz),
    "solutions and code are open": ("pooling", solution),
    "the download menu is open": ("pooling", menu),
}
