// Before anything is drawn: the reader's choice of light or dark, or the system's. A file and no script in the page,
// so that it also runs where a policy forbids those.
{
  const page = document.documentElement;
  const kept = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null; // storage is forbidden
    }
  };
  page.dataset.mode = kept("mode") || page.dataset.theme || "auto";
  page.dataset.theme = kept("theme") || page.dataset.theme || "auto";

  // paper is light
  let shown;
  window.addEventListener("beforeprint", () => {
    shown = page.dataset.theme;
    page.dataset.theme = "light";
  });
  window.addEventListener("afterprint", () => {
    page.dataset.theme = shown;
  });
}
