// The slide view of a page: its own figures, questions and key sentences, one at a time. settings.js loads this file
// when the address says #slides=7 or #slides=a-section. Figures, widgets and quizzes are shown where they stand in the
// page, by classes alone (slides.css), so that they keep working and the page is as it was when the view is closed.
(() => {
  const article = document.querySelector("article.bd-article");
  if (!article || window.insidecnn?.slides) return;
  const OURS = "slides-own";
  const page = document.documentElement;
  let [slides, at, open, code] = [[], 0, false, false];
  const styles = new Map(); // element → its own style, before ours
  let before = null;

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  // ---- how a slide is shown ----

  const style = (element, rules) => {
    if (!styles.has(element)) styles.set(element, element.getAttribute("style"));
    for (const [name, value] of Object.entries(rules)) element.style.setProperty(name, value, "important");
  };
  const mark = (element, ...names) => element.classList.add(...names);
  const clear = () => {
    const ours = [...page.querySelectorAll("[class*=slides-]")].filter((each) => !each.closest(`.${OURS}`));
    for (const each of ours) {
      each.classList.remove("slides-path", "slides-shown", "slides-main", "slides-side");
      if (!each.className) each.removeAttribute("class");
    }
    for (const [element, own] of styles) {
      element.setAttribute("style", own ?? ""); // first: Chromium would leave an empty one behind
      if (own === null) element.removeAttribute("style");
    }
    styles.clear();
  };
  const show = (element, place) => {
    mark(element, "slides-shown", place);
    for (let each = element.parentElement; each !== article; each = each.parentElement) mark(each, "slides-path");
  };

  // the room between heading and foot
  const room = () => {
    const box = getComputedStyle(article);
    const width = article.clientWidth - parseFloat(box.paddingLeft) - parseFloat(box.paddingRight);
    const lead = !body.hidden && body.dataset.place === "lead" ? body.offsetHeight : 0;
    const rest = parseFloat(box.paddingTop) + parseFloat(box.paddingBottom) + 3 * parseFloat(box.rowGap) + lead;
    return [width, article.clientHeight - rest - head.offsetHeight - foot.offsetHeight];
  };

  // the largest of some enlargements at which a text of the room's width is not higher than the room
  const enlargeText = (element, [width, height], least, most) => {
    let zoom = most;
    for (; zoom > least; zoom -= 0.05) {
      style(element, { zoom: 1, width: `${width / zoom}px`, "max-width": "none" });
      if (element.offsetHeight * zoom <= height) break;
    }
    zoom = Math.max(zoom, least);
    style(element, { zoom, width: `${width / zoom}px`, "max-width": "none", "max-height": `${height / zoom}px` });
  };

  // a box with letters of 14 pixels: as large as the room allows, scrolling before its letters are too small
  const enlargeBox = (element, [width, height], { natural, least }) => {
    style(element, { zoom: 1, "max-width": "none", width: natural });
    if (element.matches("table")) style(element, { display: "block" }); // a table itself does not scroll
    const own = Math.max(element.scrollWidth, element.getBoundingClientRect().width);
    const across = width / own;
    const zoom = Math.min(
      across,
      Math.max(height / element.getBoundingClientRect().height, Math.min(across, least)),
      4,
    );
    style(element, { zoom, width: `${own}px`, "max-height": `${height / zoom}px`, overflow: "auto" });
  };

  // code and what it printed, with letters of 14 pixels: as large as the room allows; rather than small letters, its
  // long lines break, and then it scrolls
  const enlargeCode = (element, [width, height], least, most) => {
    style(element, { zoom: 1, "max-width": "none", width: "max-content" });
    const [wide, high] = [element.scrollWidth + 6, element.offsetHeight]; // letters are rounded when enlarged
    let zoom = Math.min(width / wide, height / high, most);
    if (zoom < 1.15 * least) {
      for (zoom = Math.max(least, Math.min(1.15 * least, height / high)); zoom > least; zoom -= 0.05) {
        style(element, { width: `${Math.min(wide, width / zoom)}px` });
        if (element.offsetHeight * zoom <= height) break;
      }
      zoom = Math.max(zoom, least);
    }
    style(element, { zoom, width: `${Math.min(wide, width / zoom)}px`, "max-height": `${height / zoom}px` });
    style(element, { overflow: "auto" });
  };

  // the picture of a figure: what to enlarge, and its size in the page
  const pictureOf = (box) => {
    const picture = box.matches("img") ? box : box.querySelector("img:not(.drawing img), svg.chart");
    if (picture && !box.matches(".drawing")) {
      const size = picture.getBoundingClientRect();
      const sides = [Number(picture.getAttribute("width")), Number(picture.getAttribute("height"))];
      const [w, h] = picture.matches("img") && sides.every(Boolean) ? sides : [size.width, size.height];
      return { picture, width: w, height: h };
    }
    style(box, { width: "864px", "max-width": "none", margin: 0, zoom: 1 });
    const drawn = [...box.querySelectorAll("svg:not(.on-narrow svg)")].map((svg) => svg.getBoundingClientRect());
    const isGrid = !box.querySelector(".network") && drawn.length;
    const left = Math.min(...drawn.map((each) => each.left));
    const right = Math.max(...drawn.map((each) => each.right));
    const width = isGrid ? Math.ceil(right - left) + 4 : Math.max(864, box.scrollWidth);
    style(box, { width: `${width}px` });
    return { picture: null, width, height: box.getBoundingClientRect().height };
  };

  const fitFigure = (figure) => {
    const caption = figure.querySelector(":scope > figcaption");
    const box = [...figure.children].find((each) => each !== caption);
    const [width, height] = room(); // before the caption is there, which needs a place of its own
    show(box, "slides-main");
    show(caption, "slides-side");
    const { picture, width: w, height: h } = pictureOf(box);
    const gap = 0.03 * width;
    let best = { scale: 0 };
    for (const share of [0, 0.26, 0.3, 0.34, 0.38, 0.42]) {
      const side = share ? share * width : Math.min(width, 44 * parseFloat(getComputedStyle(caption).fontSize));
      style(caption, { width: `${side}px`, "max-width": "none" });
      const high = caption.offsetHeight;
      if (share && high > height) continue;
      const [across, down] = share ? [width - side - gap, height] : [width, height - high - gap / 2];
      const scale = Math.min(across / w, down / h, 16);
      if (scale > best.scale * (best.share === 0 ? 1.05 : 1)) best = { scale, side, share };
    }
    if (!best.scale) best = { scale: Math.min((0.56 * width) / w, height / h), side: 0.42 * width, share: 0.42 };
    article.dataset.layout = best.share ? "beside" : "below";
    style(caption, { width: `${best.side}px`, "max-height": `${height}px`, overflow: "auto" });
    const size = { width: `${w * best.scale}px`, height: `${h * best.scale}px` };
    if (picture) {
      style(picture, { ...size, "max-width": "none", "min-width": 0, margin: 0 });
      if (picture !== box) style(box, { width: size.width, "max-width": "none" });
    } else {
      style(box, { zoom: best.scale, overflow: "visible" });
    }
  };

  const draw = () => {
    clear();
    const slide = slides[at];
    mark(article, "slides-stage");
    article.dataset.layout = "alone";
    article.dataset.kind = slide.kind;
    head.textContent = slide.heading;
    body.replaceChildren(...slide.text);
    body.removeAttribute("style");
    body.dataset.place = slide.shown.length ? "lead" : "main";
    body.hidden = !slide.text.length;
    article.dataset.lead = Boolean(slide.shown.length && slide.text.length);
    counter.textContent = `${at + 1} / ${slides.length}`;
    said.textContent = `Slide ${at + 1} of ${slides.length}: ${slide.heading}`;
    backward.disabled = at === 0;
    forward.disabled = at === slides.length - 1;
    codeButton.hidden = !slide.code;
    code &&= Boolean(slide.code);
    codeButton.setAttribute("aria-pressed", code);
    const grow = Math.min(innerWidth / 1280, innerHeight / 720);
    const [element] = code ? [slide.code] : slide.shown;
    if (code || element?.matches("div.output")) {
      show(element, "slides-main");
      enlargeCode(element, room(), 1.4 * grow, code ? 2.2 * grow : 4);
    } else if (slide.kind === "table") {
      show(element, "slides-main");
      enlargeBox(element, room(), { natural: "max-content", least: 1.75 * grow });
    } else if (slide.kind === "widget") {
      show(element, "slides-main");
      enlargeBox(element, room(), { natural: "864px", least: 1.2 * grow });
    } else if (slide.kind === "question") {
      show(element, "slides-main");
      enlargeText(element, room(), 1.42, Math.max(1.42, 1.9 * grow));
    } else if (slide.kind === "figure") {
      fitFigure(element);
    } else {
      enlargeText(body, room(), 0.8, 1); // 1.25 × 24 pixels are the letters of a text at least
    }
    article.scrollTo(0, 0);
    history.replaceState(null, "", `#slides=${at + 1}`);
  };

  // ---- controls ----

  const button = (label, text, key, act) => {
    const made = make("button", { type: "button", "aria-label": label, title: label, "data-key": key }, text);
    made.addEventListener("click", act);
    return made;
  };
  const go = (to) => {
    const next = Math.max(0, Math.min(slides.length - 1, to));
    if (next === at && head.textContent) return;
    [at, code] = [next, false];
    draw();
  };
  const head = make("p", { class: `${OURS} slides-head`, role: "heading", "aria-level": "2" });
  const body = make("div", { class: `${OURS} slides-text` });
  const counter = make("span", { class: "counter", "aria-hidden": "true" });
  const said = make("span", { role: "status" });
  const backward = button("Previous slide", "", "←", () => go(at - 1));
  const forward = button("Next slide", "", "→", () => go(at + 1));
  const codeButton = button("Show the code of this slide", "Code", "C", () => ((code = !code), draw()));
  const close = button("Close the slides", "Close", "Esc", () => end());
  const foot = make("nav", { class: `${OURS} slides-foot`, "aria-label": "Slides" });
  foot.append(make("span", { class: "page" }), codeButton, backward, counter, forward, close, said);

  const KEYS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1, PageDown: 1, PageUp: -1, " ": 1 };
  const pressed = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    const { key, target } = event;
    // fields and widgets keep their keys; PageUp and PageDown, which presenters send, always turn the slide
    const field = target.closest?.("input, select, textarea, [contenteditable], [role=slider], .widget");
    const sideways = key.startsWith("Arrow") && !/Up|Down/.test(key) && target.closest?.(".quiz");
    if (field && !sideways && !["PageUp", "PageDown", "Escape"].includes(key)) return;
    if ((key === " " || key === "Enter") && target.closest?.("button, a, summary")) return;
    if (key === "Escape") end();
    else if (key === "Home") go(0);
    else if (key === "End") go(slides.length - 1);
    else if (key === "c" && !codeButton.hidden) codeButton.click();
    else if (KEYS[key]) go(at + (key === " " && event.shiftKey ? -1 : KEYS[key]));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  let touch = null;
  const touched = (event) => {
    const own = event.target.closest(".widget, input, .scrolls, table");
    touch = event.touches.length === 1 && !own ? event.touches[0] : null;
  };
  const lifted = (event) => {
    if (!touch) return;
    const [x, y] = [event.changedTouches[0].clientX - touch.clientX, event.changedTouches[0].clientY - touch.clientY];
    touch = null;
    if (Math.abs(x) > 50 && Math.abs(x) > 2 * Math.abs(y)) go(at + (x < 0 ? 1 : -1));
  };

  const wanted = () => /^#slides=(.+)$/.exec(location.hash)?.[1];
  const follow = () => {
    const place = wanted();
    if (!place) return end();
    const number = Number(place);
    const section = document.getElementById(place);
    const first = slides.findIndex((slide) => section?.contains(slide.section));
    go(number >= 1 ? Math.round(number) - 1 : Math.max(0, first));
  };

  let waiting = 0;
  const resized = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(draw);
  };
  const LISTENERS = [
    [document, "keydown", pressed, true],
    [article, "touchstart", touched, { passive: true }],
    [article, "touchend", lifted],
    [window, "resize", resized],
    [window, "hashchange", follow],
  ];

  function begin() {
    if (open || !wanted()) return;
    before = { x: scrollX, y: scrollY, focus: document.activeElement, tabindex: article.getAttribute("tabindex") };
    slides = window.insidecnn.collectSlides(article);
    if (!slides.length) return;
    [open, at, code, head.textContent] = [true, 0, false, ""];
    foot.querySelector(".page").textContent = slides[0].heading;
    mark(page, "slides-open");
    for (let each = article; each !== document.body; each = each.parentElement) {
      for (const other of each.parentElement.children) if (other !== each) mark(other, "slides-aside");
      if (each !== article) mark(each, "slides-around");
    }
    article.prepend(head, body);
    article.append(foot);
    article.setAttribute("tabindex", "-1");
    for (const [target, name, act, options] of LISTENERS) target.addEventListener(name, act, options);
    follow();
    article.focus({ preventScroll: true });
  }

  function end() {
    if (!open) return;
    open = false;
    for (const [target, name, act, options] of LISTENERS) target.removeEventListener(name, act, options);
    clear();
    for (const each of [head, body, foot]) each.remove();
    for (const name of ["slides-open", "slides-aside", "slides-around", "slides-stage"]) {
      for (const each of document.querySelectorAll(`.${name}`)) {
        each.classList.remove(name);
        if (!each.className) each.removeAttribute("class");
      }
    }
    article.removeAttribute("data-layout");
    article.removeAttribute("data-kind");
    article.removeAttribute("data-lead");
    if (before.tabindex === null) article.removeAttribute("tabindex");
    else article.setAttribute("tabindex", before.tabindex);
    if (wanted()) history.replaceState(null, "", location.pathname + location.search);
    scrollTo({ left: before.x, top: before.y, behavior: "instant" });
    before.focus?.focus?.({ preventScroll: true });
  }

  window.insidecnn.slides = { begin };
  // the style sheet first: sizes are measured
  const sheet = make("link", {
    rel: "stylesheet",
    href: document.currentScript.src.replace(/slides\.js.*/, "slides.css"),
  });
  sheet.addEventListener("load", () => {
    window.addEventListener("hashchange", begin);
    document.fonts.ready.then(begin);
  });
  document.head.append(sheet);
})();
