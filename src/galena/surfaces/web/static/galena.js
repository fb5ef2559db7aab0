// Small manners of the pages: theme switch, keyboard, charts that need a width. No page depends on it to be readable.
(() => {
  const root = document.documentElement;
  const stored = localStorage.getItem("theme");
  if (stored) root.dataset.theme = stored;

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-switch]");
    if (!button) return;
    root.dataset.theme = root.dataset.theme === "light" ? "dark" : "light";
    localStorage.setItem("theme", root.dataset.theme);
  });

  // Widths and offsets come as data so that the content security policy can forbid inline styles.
  const place = (scope) => {
    for (const bar of scope.querySelectorAll("[data-left]")) {
      bar.style.left = `${bar.dataset.left}%`;
      bar.style.width = `${bar.dataset.width}%`;
    }
    for (const bar of scope.querySelectorAll("[data-fill]")) bar.style.width = `${bar.dataset.fill}%`;
  };
  document.addEventListener("DOMContentLoaded", () => place(document));
  document.addEventListener("htmx:afterSwap", (event) => place(event.target));

  // j and k walk a list, Enter opens, / searches, ? shows the keys.
  const rows = () => [...document.querySelectorAll("tr[data-href]")];
  const move = (step) => {
    const list = rows();
    if (!list.length) return;
    const now = list.findIndex((row) => row.classList.contains("on"));
    const next = list[Math.min(Math.max(now + step, 0), list.length - 1)];
    for (const row of list) row.classList.remove("on");
    next.classList.add("on");
    next.querySelector("a")?.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "Escape" && typing) typing.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/") { event.preventDefault(); document.querySelector("input[type=search]")?.focus(); }
    else if (event.key === "?") document.querySelector("[data-keys]")?.toggleAttribute("hidden");
  });
})();
