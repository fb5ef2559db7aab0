// Small manners of the pages: theme switch, keyboard, charts that need a width. No page depends on it to be readable.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
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
  // What is wrong with an edit comes with the preview; it is shown beside the field it is about, too.
  const complain = () => {
    for (const spot of document.querySelectorAll("[data-problem-of]")) {
      const found = document.querySelector(`[data-problem-for="${spot.dataset.problemOf}"]`);
      const words = found ? found.textContent.replace(/^[^:]*: /, "") : "";
      if (spot.textContent !== words) spot.textContent = words;
      const field = document.getElementById(spot.dataset.problemOf);
      if (field) words ? field.setAttribute("aria-invalid", "true") : field.removeAttribute("aria-invalid");
    }
  };
  document.addEventListener("DOMContentLoaded", () => place(document));
  document.addEventListener("htmx:afterSettle", (event) => {
    place(document);
    if (event.target.id === "preview") complain();
  });

  // A file is named where it was dropped, and refused at once when it is larger than the server takes.
  document.addEventListener("change", (event) => {
    const input = event.target.closest("input[type=file][data-limit-mb]");
    if (!input || !input.files.length) return;
    const [file] = input.files;
    const tooLarge = file.size > Number(input.dataset.limitMb) * 1e6;
    input.setCustomValidity(tooLarge ? `This file is larger than ${input.dataset.limitMb} MB.` : "");
    input.reportValidity();
    const name = input.closest("label")?.querySelector("[data-file-name]");
    if (name) name.textContent = `${file.name}, ${(file.size / 1e6).toFixed(1)} MB`;
  });
  for (const kind of ["dragenter", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.target.closest?.(".drop")?.classList.toggle("over", kind === "dragenter");
    });
  }

  // A form that takes a while says so, and is sent once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    const button = event.submitter;
    if (form.dataset.busy && button?.classList.contains("main")) {
      button.textContent = form.dataset.busy;
      button.classList.add("pulse");
    }
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // One menu at a time; a click elsewhere or Escape closes it.
  const closeMenus = (but) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== but) menu.open = false;
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));

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
    if (event.key === "Escape") { typing?.blur(); closeMenus(null); }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/") { event.preventDefault(); document.querySelector("input[type=search]")?.focus(); }
    else if (document.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`)) {
      document.querySelector(`button[data-key="${CSS.escape(event.key.toLowerCase())}"]`).click();
    }
  });
})();
