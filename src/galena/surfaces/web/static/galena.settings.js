// The pages of settings: a choice that is sent as it is made, and what gates leave, counted while they are typed.
(() => {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-sends]")) event.target.form.requestSubmit();
  });
  // The preview counts again when somebody pauses, and when an area was drawn.
  const form = document.querySelector("[data-counts]");
  if (!form) return;
  let waiting = 0;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => form.dispatchEvent(new CustomEvent("count")), 700);
  });
})();
