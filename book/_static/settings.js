// What extensions of Sphinx would put into every page as scripts; see booksite/patches.py.
Object.assign(window, {
  toggleHintShow: "Click to show",
  toggleHintHide: "Click to hide",
  toggleOpenOnPrint: "true",
  togglebuttonSelector: ".toggle, .admonition.dropdown",
});
DOCUMENTATION_OPTIONS.search_as_you_type = false;
// The theme's button for this has its script inside the page; booksite/notebooks.py makes it a link.
document.addEventListener("click", (event) => {
  if (!event.target.closest(".btn-download-pdf-button")) return;
  event.preventDefault();
  window.print();
});
// The slide view of a page has scripts of its own, loaded when the address asks for it: #slides=1, #slides=a-section.
{
  const folder = document.currentScript.src.replace(/settings\.js.*/, "");
  let asked = false;
  const ask = () => {
    if (asked || !location.hash.startsWith("#slides=")) return;
    asked = true;
    for (const name of ["slides-content.js", "slides.js"]) {
      document.head.append(Object.assign(document.createElement("script"), { src: folder + name, async: false }));
    }
  };
  window.addEventListener("hashchange", ask);
  window.addEventListener("load", ask); // widgets are there, and what they replace is gone
}
