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
// The theme's search page does this from a script inside it.
document.addEventListener("DOMContentLoaded", () => document.querySelector(".bd-search-container input")?.select());
