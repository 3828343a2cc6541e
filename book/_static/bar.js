// The bar at the top of a page: its menu, and the button that leads back to the top.
{
  // the menu closes as menus do: by a choice in it, by a click beside it, and by Escape
  const open = () => document.querySelector(".page-menu[open]");
  document.addEventListener("click", ({ target }) => {
    const menu = open();
    if (menu && !target.closest(".page-menu > summary")) menu.open = false;
  });
  document.addEventListener("keydown", ({ key }) => {
    const menu = open();
    if (key !== "Escape" || !menu) return;
    menu.open = false;
    menu.firstElementChild.focus();
  });

  // the theme's button is there while the reader scrolls up
  const button = document.getElementById("pst-back-to-top");
  let before = 0; // asked for here, the place would have the page laid out at once
  window.addEventListener(
    "scroll",
    () => {
      button.style.display = before > window.scrollY && window.scrollY > 200 ? "block" : "none";
      before = window.scrollY;
    },
    { passive: true },
  );
  button.addEventListener("click", () => window.scrollTo(0, 0));
}
