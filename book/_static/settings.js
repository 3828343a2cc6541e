// What extensions of Sphinx would put into every page as scripts; see booksite/patches.py.
Object.assign(window, {
  toggleHintShow: "Click to show",
  toggleHintHide: "Click to hide",
  toggleOpenOnPrint: "true",
  togglebuttonSelector: ".toggle, .admonition.dropdown",
});
DOCUMENTATION_OPTIONS.search_as_you_type = false;
